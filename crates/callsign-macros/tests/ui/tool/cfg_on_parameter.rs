#![allow(unused_variables)]

use callsign::{tool, tools};

/// A condition on a parameter.
#[tool]
fn conditions(#[cfg(test)] days: u32) {}

fn main() {
    let _ = tools![conditions];
}
