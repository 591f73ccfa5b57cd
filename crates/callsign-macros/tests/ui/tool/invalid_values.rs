use callsign::tool;

/// Not a string.
#[tool(name = 3, group = weather)]
fn not_a_string() {}

/// A flag with a value.
#[tool(idempotent = true, read_only(false))]
fn flag() {}

/// A missing value.
#[tool(group)]
fn missing() {}

/// No calls.
#[tool(concurrency = 0)]
fn no_calls() {}

/// Not a number.
#[tool(concurrency = "4")]
fn number() {}

fn main() {}
