#![allow(dead_code)]

use callsign::{Context, Tool, tools};

/// Books rooms.
#[derive(Tool)]
struct Book {
    city: &'static str,
    names: &'static [String],
    plan: &'static Plan,
    context: Context,
}

struct Plan;

fn main() {
    let _ = tools![Book];
}
