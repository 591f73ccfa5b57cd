use callsign::tool;

/// Without a name.
#[tool(group = "")]
fn nameless() {}

fn main() {}
