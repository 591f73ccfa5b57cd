use callsign::tool;

/// From elsewhere.
#[tool(private, needs_approval, examples = ["{}"], prefix = "a", state)]
fn habits() {}

fn main() {}
