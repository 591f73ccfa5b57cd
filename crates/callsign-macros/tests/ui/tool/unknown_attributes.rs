use callsign::tool;

/// Close to a known one.
#[tool(idempotant)]
fn close() {}

/// A known one, and more.
#[tool(timeout_ms = 30)]
fn longer() {}

/// Close to none.
#[tool(retries = 3, group = "a")]
fn far() {}

/// A habit from elsewhere.
#[tool(description = "Tells the weather.")]
fn description() {}

/// A path.
#[tool(callsign::name = "a")]
fn path() {}

/// Twice.
#[tool(name = "a", read_only, name = "b")]
fn twice() {}

fn main() {}
