use callsign::tool;

/// Values where there are none.
#[tool(approval = true, strict = "yes", sequential(false), coerce = 1)]
fn values() {}

fn main() {}
