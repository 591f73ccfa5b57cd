#![allow(unused_variables)]

use callsign::{Context, tool, tools};

/// The context, owned.
#[tool]
fn owned(context: Context) {}

/// The context, changed.
#[tool]
fn changed(context: &mut Context) {}

fn main() {
    let _ = tools![owned, changed];
}
