use callsign::tool;

/// Similar to a known key.
#[tool(idempotant)]
fn similar() {}

/// A known key with a suffix.
#[tool(timeout_ms = 30)]
fn longer() {}

/// Not similar to a known key.
#[tool(retries = 3, group = "a")]
fn not_similar() {}

/// A key with specific advice.
#[tool(description = "Tells the weather.")]
fn description() {}

/// A path.
#[tool(callsign::name = "a")]
fn path() {}

/// A duplicate key.
#[tool(name = "a", read_only, name = "b")]
fn duplicate() {}

fn main() {}
