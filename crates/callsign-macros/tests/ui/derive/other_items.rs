#![allow(dead_code)]

use callsign::{Tool, tools};

/// An enum.
#[derive(Tool)]
enum Book {
    Room,
    Table,
}

/// A union.
#[derive(Tool)]
union Bits {
    float: f32,
    bits: u32,
}

fn main() {
    let _ = tools![Book];
}
