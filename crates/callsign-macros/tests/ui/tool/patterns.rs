#![allow(unused_variables)]

use callsign::{tool, tools};

/// Patterns.
#[tool]
fn patterns((from, to): (u32, u32), _: String) {}

fn main() {
    let _ = tools![patterns];
}
