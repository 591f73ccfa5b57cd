use callsign::{tool, tools};

struct Flight;

/// A value.
#[tool]
fn value() -> Flight {
    Flight
}

/// A value or an error.
#[tool]
async fn result() -> Result<Flight, String> {
    Ok(Flight)
}

fn main() {
    let _ = tools![value, result];
}
