#![allow(dead_code)]

use callsign::{Tool, tools};

/// Books rooms.
#[derive(Tool)]
struct Book {
    rooms: u32,
}

fn main() {
    let _ = tools![Book];
}
