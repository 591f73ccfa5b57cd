use callsign::tool;

/// A misspelt one.
#[tool(example = r#"{"city": "Porto"}"#, example = r#"{"ctiy": "Porto", "days": 3}"#)]
fn forecast(city: String) -> String {
    city
}

fn main() {}
