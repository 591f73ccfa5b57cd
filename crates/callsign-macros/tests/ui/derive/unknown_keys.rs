#![allow(dead_code)]

use callsign::{Tool, tools};

/// Books rooms.
#[derive(Tool)]
#[tool(description = "Books.", nam = "book", prefix = "a", retries = 3)]
struct Book {
    rooms: u32,
}

/// Lists rooms.
#[derive(Tool)]
#[tool(group = "a")]
#[tool = "list"]
struct List {}

fn main() {
    let _ = tools![Book];
}
