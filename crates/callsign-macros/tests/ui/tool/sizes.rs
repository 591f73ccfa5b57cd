use callsign::tool;

/// Nothing.
#[tool(max_result_bytes = 0)]
fn nothing() {}

/// No unit.
#[tool(max_result_bytes = "64")]
fn no_unit() {}

/// Another unit.
#[tool(max_result_bytes = "64kb")]
fn other_unit() {}

/// A fraction.
#[tool(max_result_bytes = 1.5)]
fn fraction() {}

/// More than can be counted.
#[tool(max_result_bytes = 18446744073709551616)]
fn too_much() {}

fn main() {}
