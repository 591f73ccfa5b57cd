//! All errors of a function are reported at once, each one time.

use callsign::{tool, tools};

#[tool(nam = "x y", retries = 3, timeout = "soon", idempotent)]
pub unsafe fn forecast<T>(
    city: &T,
    (from, to): (u32, u32),
    /// Whether it is sunny.
    #[serde(default)]
    sunny: bool,
    #[state] plan: String,
) -> Option<&str> {
    let _ = (city, from, to, sunny, plan);
    None
}

fn main() {
    let _ = tools![forecast];
}
