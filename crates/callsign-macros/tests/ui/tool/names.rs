use callsign::tool;

/// A space.
#[tool(name = "get weather")]
fn space() {}

/// Empty.
#[tool(name = "")]
fn empty() {}

/// 65 characters.
#[tool]
fn a2345678901234567890123456789012345678901234567890123456789012345() {}

/// Not ASCII.
#[tool]
fn größe() {}

fn main() {}
