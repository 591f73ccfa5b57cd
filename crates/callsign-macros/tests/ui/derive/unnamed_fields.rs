#![allow(dead_code)]

use callsign::{Tool, tools};

/// A tuple.
#[derive(Tool)]
struct Book(String, u32);

/// A unit struct.
#[derive(Tool)]
struct Ping;

fn main() {
    let _ = tools![Book, Ping];
}
