#![allow(unused_variables)]

use std::sync::Mutex;

use callsign::{Context, tool, tools};

struct Plan;

/// With settings.
#[tool]
fn settings(
    #[context(shared)] plan: &Mutex<Plan>,
    #[context]
    #[serde(default)]
    more: &Plan,
    #[schemars(length(min = 1))] context: &Context,
) {
}

fn main() {
    let _ = tools![settings];
}
