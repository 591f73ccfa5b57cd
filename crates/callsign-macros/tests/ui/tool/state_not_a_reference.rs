#![allow(unused_variables)]

use std::sync::Arc;

use callsign::{tool, tools};

trait Clock: Send + Sync {}

struct Plan;

/// An owned value.
#[tool]
fn owned(#[state] plan: Arc<Plan>) {}

/// A mutable reference.
#[tool]
fn mutable(#[state] plan: &mut Plan) {}

/// A reference to `impl Trait`.
#[tool]
fn impl_trait(#[state] clock: &impl Clock) {}

fn main() {
    let _ = tools![owned, mutable, impl_trait];
}
