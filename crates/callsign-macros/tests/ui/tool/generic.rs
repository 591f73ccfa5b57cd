use callsign::{tool, tools};

/// Generic.
#[tool]
fn generic<T: Into<String>>(text: T) -> String {
    text.into()
}

/// Generic over a number.
#[tool]
fn sized<const N: usize>() -> usize {
    N
}

fn main() {
    let _ = tools![generic, sized];
}
