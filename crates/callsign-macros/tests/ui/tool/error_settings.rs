use callsign::tool;

/// Another audience.
#[tool(errors = "secret")]
fn other() {}

/// Not a text.
#[tool(errors = private)]
fn not_a_text() {}

/// Nobody.
#[tool(errors)]
fn nobody() {}

fn main() {}
