use std::borrow::Cow;

use callsign::{tool, tools};

struct Plan(String);

/// A reference.
#[tool]
fn name(#[state] plan: &Plan) -> &str {
    &plan.0
}

/// A reference inside a type.
#[tool]
fn inside(#[state] plan: &Plan) -> Result<Vec<&str>, String> {
    Ok(vec![&plan.0])
}

/// A lifetime.
#[tool]
fn lifetime(#[state] plan: &Plan) -> Cow<'_, str> {
    Cow::Borrowed(&plan.0)
}

fn main() {
    let _ = tools![name, inside, lifetime];
}
