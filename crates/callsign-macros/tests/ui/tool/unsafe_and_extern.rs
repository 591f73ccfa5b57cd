use callsign::{tool, tools};

/// Unsafe.
#[tool]
unsafe fn not_safe() {}

/// Another ABI.
#[tool]
extern "C" fn foreign() {}

fn main() {
    let _ = tools![not_safe, foreign];
}
