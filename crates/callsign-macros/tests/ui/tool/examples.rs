use callsign::tool;

/// Not an object.
#[tool(example = "[1]")]
fn array(city: String) -> String {
    city
}

/// Truncated.
#[tool(example = r#"{"city": "Porto""#)]
fn truncated(city: String) -> String {
    city
}

/// Not JSON.
#[tool(example = "{'city': 'Porto'}")]
fn quotes(city: String) -> String {
    city
}

/// Not a string.
#[tool(example = { "city": "Porto" })]
fn not_a_string(city: String) -> String {
    city
}

fn main() {}
