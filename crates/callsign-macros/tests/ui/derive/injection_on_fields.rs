#![allow(dead_code)]

use callsign::{Tool, tools};

/// Books rooms.
#[derive(Tool)]
struct Book {
    #[state]
    plan: Plan,
    #[context]
    tenant: String,
    #[tool(name = "rooms")]
    rooms: u32,
}

struct Plan;

fn main() {
    let _ = tools![Book];
}
