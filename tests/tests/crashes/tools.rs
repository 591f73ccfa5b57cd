//! The child's tools. What each returns follows from its step, so that an answer can be checked.

use std::time::Duration;

use callsign::prelude::*;

use crate::effects::{Effect, Effects};
use crate::points::reach;

/// What a tool returns for a step.
pub(crate) fn value(tool: &str, step: u64) -> u64 {
    let digit = match tool {
        "charge" => 1,
        "ship" => 2,
        "reserve" => 3,
        "look_up" => 4,
        other => panic!("there is no tool {other}"),
    };
    10 * (step + 1) + digit
}

fn happen(step: u64, context: &Context, effects: &Effects) -> u64 {
    let (tool, number) = (context.tool().to_owned(), context.call_number().0);
    let key = context.idempotency_key();
    reach("before an effect");
    effects.leave(&Effect { tool, step, number, key });
    reach("after an effect");
    value(context.tool(), step)
}

/// Charges for a step, on a thread that may block. It must not happen twice.
#[tool]
pub(crate) fn charge(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    happen(step, context, effects)
}

/// Ships a step, slowly. It must not happen twice.
#[tool]
pub(crate) async fn ship(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    tokio::time::sleep(Duration::from_millis(2)).await;
    let value = happen(step, context, effects);
    tokio::time::sleep(Duration::from_millis(2)).await;
    value
}

/// Reserves a step with a service that takes idempotency keys.
#[tool(idempotent)]
pub(crate) async fn reserve(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    let value = happen(step, context, effects);
    tokio::time::sleep(Duration::from_millis(1)).await;
    value
}

/// Looks a step up.
#[tool(read_only)]
pub(crate) fn look_up(step: u64, context: &Context, #[state] effects: &Effects) -> u64 {
    happen(step, context, effects)
}
