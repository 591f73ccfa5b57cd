#![allow(dead_code)]

use callsign::{Tool, tools};

/// Books rooms.
#[derive(Tool)]
#[tool(name = "book it", timeout = 3, sequential, concurrency = 2, example = r#"{"room": 2}"#)]
struct Book {
    rooms: u32,
}

fn main() {
    let _ = tools![Book];
}
