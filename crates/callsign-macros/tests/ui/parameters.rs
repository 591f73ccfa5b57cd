#![allow(unused_variables)]

use std::borrow::Cow;

use callsign::{Context, tool, tools};

struct Plan;

/// References.
#[tool]
fn references(
    plan: &Plan,
    names: &[String],
    pairs: &[(u8, u8)],
    text: &mut str,
    long: &'static str,
    name: Option<&str>,
) {
}

/// Lifetimes.
#[tool]
fn lifetimes(text: Cow<'_, str>) {}

/// Types without a name.
#[tool]
fn hidden(text: impl Into<String>, list: Vec<impl Into<String>>) {}

/// Patterns.
#[tool]
fn patterns((from, to): (u32, u32), _: String) {}

/// The context, owned.
#[tool]
fn context(context: Context) {}

/// Conditions.
#[tool]
fn conditions(#[cfg(test)] days: u32) {}

fn main() {
    let _ = tools![references, lifetimes, hidden, patterns, context, conditions];
}
