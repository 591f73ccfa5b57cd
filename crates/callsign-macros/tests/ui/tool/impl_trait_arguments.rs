#![allow(unused_variables)]

use callsign::{tool, tools};

/// `impl Trait` as an argument.
#[tool]
fn impl_trait(text: impl Into<String>, list: Vec<impl Into<String>>) {}

fn main() {
    let _ = tools![impl_trait];
}
