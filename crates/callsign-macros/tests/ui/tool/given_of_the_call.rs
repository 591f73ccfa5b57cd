#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// The context.
#[tool]
fn marked(#[context] context: &Context) {}

fn main() {
    let _ = tools![marked];
}
