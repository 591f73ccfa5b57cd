use callsign::tool;

/// No text.
#[tool(timeout = 30)]
fn number() {}

/// No unit.
#[tool(timeout = "30")]
fn no_unit() {}

/// Another unit.
#[tool(timeout = "1h")]
fn hours() {}

/// A fraction.
#[tool(timeout = "1.5s")]
fn fraction() {}

/// No time.
#[tool(timeout = "0s")]
fn nothing() {}

/// More than can be counted.
#[tool(timeout = "18446744073709551615m")]
fn forever() {}

fn main() {}
