#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// The context of the call.
#[tool]
fn wrong(#[context] context: &Context) {}

fn main() {
    let _ = tools![wrong];
}
