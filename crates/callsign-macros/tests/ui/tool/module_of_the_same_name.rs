use callsign::tool;

mod weather {
    use callsign::tool;

    /// Returns the weather.
    #[tool]
    pub fn weather() {}
}

use weather::weather;

/// Returns whether it is warm.
#[tool]
fn warm() {
    weather();
}

fn main() {}
