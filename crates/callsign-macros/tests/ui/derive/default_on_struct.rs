#![allow(dead_code)]

use callsign::{Tool, tools};

/// Books rooms.
#[derive(Default, Tool)]
#[serde(default)]
struct Book {
    rooms: u32,
}

fn main() {
    let _ = tools![Book];
}
