#![allow(unused_variables)]

use callsign::{tool, tools};

struct Plan;

/// References.
#[tool]
fn references(
    plan: &Plan,
    names: &[String],
    pairs: &[(u8, u8)],
    text: &mut str,
    long: &'static str,
    name: Option<&str>,
) {
}

fn main() {
    let _ = tools![references];
}
