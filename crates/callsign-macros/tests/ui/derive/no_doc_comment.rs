#![allow(dead_code)]

use callsign::{Tool, tools};

#[derive(Tool)]
struct Book {
    rooms: u32,
}

fn main() {
    let _ = tools![Book];
}
