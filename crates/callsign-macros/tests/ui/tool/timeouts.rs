use callsign::tool;

/// Not a string.
#[tool(timeout = 30)]
fn number() {}

/// No unit.
#[tool(timeout = "30")]
fn no_unit() {}

/// An unknown unit.
#[tool(timeout = "1 tick")]
fn unknown_unit() {}

/// Negative.
#[tool(timeout = "-1s")]
fn negative() {}

/// Zero.
#[tool(timeout = "0s")]
fn zero() {}

/// Too large for `u64`.
#[tool(timeout = "18446744073709551615m")]
fn too_large() {}

fn main() {}
