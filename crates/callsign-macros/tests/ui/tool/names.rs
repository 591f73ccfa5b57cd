use callsign::tool;

/// A space.
#[tool(name = "get weather")]
fn space() {}

/// Nothing.
#[tool(name = "")]
fn nothing() {}

/// Of 65 letters.
#[tool]
fn a2345678901234567890123456789012345678901234567890123456789012345() {}

/// Not of ASCII.
#[tool]
fn größe() {}

fn main() {}
