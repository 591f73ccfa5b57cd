use callsign::tool;

/// Unknown arguments.
#[tool(example = r#"{"city": "Porto"}"#, example = r#"{"ctiy": "Porto", "days": 3}"#)]
fn forecast(city: String) -> String {
    city
}

fn main() {}
