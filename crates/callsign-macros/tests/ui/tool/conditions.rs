#![allow(unused_variables)]

use callsign::{tool, tools};

/// Conditions.
#[tool]
fn conditions(#[cfg(test)] days: u32) {}

fn main() {
    let _ = tools![conditions];
}
