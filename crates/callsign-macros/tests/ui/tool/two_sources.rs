#![allow(unused_variables)]

use callsign::{tool, tools};

struct Tenant;

/// Comes from two.
#[tool]
fn two(#[state] #[context] tenant: &Tenant) {}

/// Comes from one twice.
#[tool]
fn twice(#[context] #[context] tenant: &Tenant) {}

fn main() {
    let _ = tools![two, twice];
}
