use callsign::tool;

/// Another value.
#[tool(example = "[1]")]
fn array(city: String) -> String {
    city
}

/// Cut off.
#[tool(example = r#"{"city": "Porto""#)]
fn cut(city: String) -> String {
    city
}

/// Not JSON.
#[tool(example = "{'city': 'Porto'}")]
fn quotes(city: String) -> String {
    city
}

/// Not a text.
#[tool(example = { "city": "Porto" })]
fn not_a_text(city: String) -> String {
    city
}

fn main() {}
