//! All the mistakes of one function are told at once.

use callsign::{tool, tools};

#[tool(nam = "x y", retries = 3, timeout = "soon", idempotent)]
pub unsafe fn forecast<T>(city: &T, (from, to): (u32, u32), days: &[u8]) -> &str {
    ""
}

fn main() {
    let _ = tools![forecast];
}
