#![allow(dead_code)]

use callsign::Tool;

/// Generic.
#[derive(Tool)]
struct Book<T> {
    rooms: T,
}

/// With a lifetime.
#[derive(Tool)]
struct Cancel<'a> {
    room: &'a str,
}

fn main() {

}
