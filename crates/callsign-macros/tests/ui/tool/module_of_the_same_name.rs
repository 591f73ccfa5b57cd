use callsign::tool;

mod weather {
    use callsign::tool;

    /// Tells the weather.
    #[tool]
    pub fn weather() {}
}

use weather::weather;

/// Tells whether it is warm.
#[tool]
fn warm() {
    weather();
}

fn main() {}
