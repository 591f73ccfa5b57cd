#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// The context.
#[tool]
fn marked(#[state] context: &Context) {}

fn main() {
    let _ = tools![marked];
}
