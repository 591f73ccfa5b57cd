#![allow(unused_variables)]

use std::sync::Mutex;

use callsign::{Context, tool, tools};

struct Plan;

/// Arguments of the attribute, and attributes for serde and schemars.
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
    let _ = tools![settings];
}
