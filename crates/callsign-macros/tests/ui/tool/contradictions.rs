use callsign::tool;

/// Alone, and beside itself.
#[tool(sequential, concurrency = 2)]
fn alone() {}

fn main() {}
