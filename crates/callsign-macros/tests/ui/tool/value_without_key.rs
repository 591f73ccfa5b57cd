use callsign::prelude::*;

/// Searches.
#[tool("search_flights")]
fn search() {}

fn main() {
    let _ = tools![search];
}
