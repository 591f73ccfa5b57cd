use callsign::{tool, tools};

struct NoFlight;

/// An error type without `Display`.
#[tool]
fn find(city: String) -> Result<String, NoFlight> {
    if city.is_empty() { Err(NoFlight) } else { Ok(city) }
}

fn main() {
    let _ = tools![find];
}
