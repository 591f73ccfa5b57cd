#![allow(unused_variables)]

use std::borrow::Cow;

use callsign::{tool, tools};

/// Without a name.
#[tool]
fn without_a_name(text: Cow<'_, str>) {}

/// With a name.
#[tool]
fn named<'a>(text: &'a str) -> &'a str {
    text
}

fn main() {
    let _ = tools![without_a_name, named];
}
