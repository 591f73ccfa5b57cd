#![allow(unused_variables)]

use std::sync::Arc;

use callsign::{tool, tools};

trait Clock: Send + Sync {}

struct Plan;

/// Owned.
#[tool]
fn owned(#[context] plan: Arc<Plan>) {}

/// Changed.
#[tool]
fn changed(#[context] plan: &mut Plan) {}

/// Hidden.
#[tool]
fn hidden(#[context] clock: &impl Clock) {}

fn main() {
    let _ = tools![owned, changed, hidden];
}
