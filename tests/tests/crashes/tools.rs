//! The tools of the child. Each result depends only on the step, so the answer can be checked.

use std::time::Duration;

use callsign::prelude::*;

use crate::effects::{Effect, Effects};
use crate::points::reach;

/// Returns the result of a tool at a step.
pub(crate) fn value(tool: &str, step: u64) -> u64 {
    let digit = match tool {
        "charge" => 1,
        "ship" => 2,
        "reserve" => 3,
        "look_up" => 4,
        other => panic!("unknown tool: {other}"),
    };
    10 * (step + 1) + digit
}

/// Writes the effect of a call, and returns its result.
fn run(step: u64, context: &Context, effects: &Effects) -> u64 {
    let (tool, call) = (context.tool().to_owned(), context.call_index().0);
    let key = context.idempotency_key();
    reach("before an effect");
    effects.write(&Effect { tool, step, call, key });
    reach("after an effect");
    value(context.tool(), step)
}

/// Charges for a step, on a blocking thread. It must not run twice.
#[tool]
pub(crate) fn charge(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    run(step, context, effects)
}

/// Ships a step, slowly. It must not run twice.
#[tool]
pub(crate) async fn ship(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    tokio::time::sleep(Duration::from_millis(2)).await;
    let value = run(step, context, effects);
    tokio::time::sleep(Duration::from_millis(2)).await;
    value
}

/// Reserves a step at a provider that accepts idempotency keys.
#[tool(idempotent)]
pub(crate) async fn reserve(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    let value = run(step, context, effects);
    tokio::time::sleep(Duration::from_millis(1)).await;
    value
}

/// Looks up a step.
#[tool(read_only)]
pub(crate) fn look_up(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    run(step, context, effects)
}
