#![allow(unused_variables)]

use callsign::{tool, tools};

/// Types without a name.
#[tool]
fn hidden(text: impl Into<String>, list: Vec<impl Into<String>>) {}

fn main() {
    let _ = tools![hidden];
}
