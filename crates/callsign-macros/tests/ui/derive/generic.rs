#![allow(dead_code)]

use callsign::Tool;

/// Generic.
#[derive(Tool)]
struct Book<T> {
    rooms: T,
}

/// With a reference.
#[derive(Tool)]
struct Cancel<'a> {
    room: &'a str,
}

/// With a lifetime.
#[derive(Tool)]
struct List<'a> {
    city: std::borrow::Cow<'a, str>,
}

fn main() {}
