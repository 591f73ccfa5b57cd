use callsign::tool;

/// An empty name.
#[tool(group = "")]
fn empty() {}

fn main() {}
