use callsign::tool;

/// An unknown value.
#[tool(errors = "secret")]
fn other() {}

/// The value of earlier versions.
#[tool(errors = "told")]
fn earlier() {}

/// Not a string.
#[tool(errors = private)]
fn not_a_string() {}

/// No value.
#[tool(errors)]
fn missing() {}

fn main() {}
