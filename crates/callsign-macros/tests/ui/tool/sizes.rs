use callsign::tool;

/// Zero.
#[tool(max_result_bytes = 0)]
fn zero() {}

/// An unknown unit.
#[tool(max_result_bytes = "64 pages")]
fn unknown_unit() {}

/// A fraction.
#[tool(max_result_bytes = 1.5)]
fn fraction() {}

/// Too large for `u64`.
#[tool(max_result_bytes = 18446744073709551616)]
fn too_large() {}

fn main() {}
