use callsign::{tool, tools};

#[tool]
fn forecast(city: String) -> String {
    city
}

fn main() {
    let _ = tools![forecast];
}
