#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// The context of the call.
#[tool]
fn wrong(#[state] context: &Context) {}

fn main() {
    let _ = tools![wrong];
}
