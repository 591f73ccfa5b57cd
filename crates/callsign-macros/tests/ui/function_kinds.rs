use callsign::{tool, tools};

/// Unsafe.
#[tool]
unsafe fn not_safe() {}

/// Of another ABI.
#[tool]
extern "C" fn foreign() {}

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

/// With a lifetime.
#[tool]
fn named<'a>(text: &'a str) -> &'a str {
    text
}

fn main() {
    let _ = tools![not_safe, foreign, generic, sized, named];
}
