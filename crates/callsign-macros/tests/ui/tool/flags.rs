use callsign::tool;

/// Flags with values.
#[tool(approval = true, strict = "yes", sequential(false), coerce = 1)]
fn values() {}

fn main() {}
