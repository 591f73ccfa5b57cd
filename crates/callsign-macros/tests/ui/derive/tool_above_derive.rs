#![allow(dead_code)]

use callsign::{Context, Tool, tool};

/// Books rooms.
#[tool(name = "book")]
#[derive(Tool)]
struct Book {
    rooms: u32,
}

impl Book {
    async fn call(self, _: &Context) {}
}

fn main() {}
