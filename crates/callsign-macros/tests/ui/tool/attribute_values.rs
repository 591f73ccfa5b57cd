use callsign::tool;

/// Not a text.
#[tool(name = 3, group = weather)]
fn not_a_text() {}

/// A value where there is none.
#[tool(idempotent = true, read_only(false))]
fn flag() {}

/// A missing value.
#[tool(group)]
fn missing() {}

/// No call at once.
#[tool(concurrency = 0)]
fn none_at_once() {}

/// Not a number.
#[tool(concurrency = "4")]
fn number() {}

fn main() {}
