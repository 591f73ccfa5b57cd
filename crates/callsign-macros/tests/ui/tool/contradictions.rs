use callsign::tool;

/// Sequential and concurrent.
#[tool(sequential, concurrency = 2)]
fn both() {}

fn main() {}
