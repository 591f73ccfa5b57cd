use callsign::tool;

/// Keys of other frameworks.
#[tool(private, needs_approval, examples = ["{}"], prefix = "a", state)]
fn other() {}

fn main() {}
