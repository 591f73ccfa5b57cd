use std::fmt::Display;

use callsign::{tool, tools};

/// Returns something.
#[tool]
fn something() -> impl Display {
    1
}

fn main() {
    let _ = tools![something];
}
