#![allow(unused_variables)]

use std::sync::{Arc, Mutex};

use callsign::{Context, tool, tools};

trait Clock: Send + Sync {}

struct Plan;

/// Owned.
#[tool]
fn owned(#[state] plan: Arc<Plan>) {}

/// Changed.
#[tool]
fn changed(#[state] plan: &mut Plan) {}

/// Hidden.
#[tool]
fn hidden(#[state] clock: &impl Clock) {}

/// The context.
#[tool]
fn context(#[state] context: &Context) {}

/// With settings.
#[tool]
fn settings(
    #[state(shared)] plan: &Mutex<Plan>,
    #[state]
    #[serde(default)]
    more: &Plan,
    #[schemars(length(min = 1))] context: &Context,
) {
}

fn main() {
    let _ = tools![owned, changed, hidden, context, settings];
}
