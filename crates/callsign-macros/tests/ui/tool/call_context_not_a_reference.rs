#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// Owned context.
#[tool]
fn owned(context: Context) {}

/// Mutable context.
#[tool]
fn mutable(context: &mut Context) {}

fn main() {
    let _ = tools![owned, mutable];
}
