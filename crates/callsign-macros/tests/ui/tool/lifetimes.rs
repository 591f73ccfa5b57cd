#![allow(unused_variables)]

use std::borrow::Cow;

use callsign::{tool, tools};

/// An elided lifetime.
#[tool]
fn elided(text: Cow<'_, str>) {}

/// A named lifetime.
#[tool]
fn named<'a>(text: &'a str) -> &'a str {
    text
}

fn main() {
    let _ = tools![elided, named];
}
