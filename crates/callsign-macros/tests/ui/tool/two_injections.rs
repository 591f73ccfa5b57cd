#![allow(unused_variables)]

use callsign::{tool, tools};

struct Tenant;

/// Two sources.
#[tool]
fn two(#[state] #[context] tenant: &Tenant) {}

/// The same attribute twice.
#[tool]
fn twice(#[context] #[context] tenant: &Tenant) {}

fn main() {
    let _ = tools![two, twice];
}
