//! One call, guarded: whatever the tool does, there is an answer.

use std::any::Any;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::toolbox::{Slot, Toolbox};
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, ToolOutput};
use crate::traits::tool_error::ToolError;
use crate::words::message::ToolCall;
use crate::words::result::CallOutcome;

/// Runs one call until it has an answer, or its time or the run's is over.
pub(crate) async fn run(
    toolbox: &Toolbox,
    call: &ToolCall,
    context: Context,
    default_timeout: Duration,
    deadline: Instant,
) -> Answer {
    let name = call.name.as_str();
    let Some(slot) = toolbox.get(name) else {
        return Answer::unknown_tool(name, toolbox.names());
    };
    let arguments = match check(slot, &call.arguments) {
        Ok(arguments) => arguments,
        Err(why) => return Answer::invalid_arguments(name, &why),
    };
    let spec = slot.tool.spec();
    let limit = spec.timeout.unwrap_or(default_timeout);
    let until = Instant::now().checked_add(limit).map_or(deadline, |until| until.min(deadline));
    // The call itself may panic, before there is a future to poll; and so may what the future
    // holds, when it is dropped because its time is over.
    let work = async { timeout_at(until, slot.tool.call(context, arguments)).await };
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(Ok(ToolOutput { content, .. }))) => Answer::new(CallOutcome::Answered, content),
        Ok(Ok(Err(error))) => Answer::error(name, error),
        Err(panic) => panicked(name, &*panic),
        Ok(Err(_)) if until < deadline => Answer::timed_out(name, limit, spec.is_repeatable()),
        Ok(Err(_)) => Answer::out_of_time(name, spec.is_repeatable()),
    }
}

fn panicked(name: &str, panic: &(dyn Any + Send)) -> Answer {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(tool = name, panic = text.unwrap_or("(no message)"), "a tool panicked");
    Answer::failed(name, CallOutcome::Panicked)
}

/// The arguments, if they are what the tool takes; else why not, for the model to read.
fn check(slot: &Slot, json: &str) -> Result<Arguments, String> {
    // Models leave them out, or send `null`, where a tool takes none.
    let json: Cow<'_, str> = match json.trim() {
        "" | "null" => "{}".into(),
        json => json.into(),
    };
    let value: Value = serde_json::from_str(&json)
        .map_err(|error| format!("they are not valid JSON ({error}); send one JSON object"))?;
    if !value.is_object() {
        return Err("they are not a JSON object; send one JSON object".to_owned());
    }
    #[cfg(feature = "validate")]
    slot.validator.check(&value)?;
    #[cfg(not(feature = "validate"))]
    let _ = slot;
    Ok(Arguments::new(json))
}

/// The output of a function that must not block the run, run where blocking is allowed.
///
/// # Errors
/// As the function fails; its panic goes on in the caller.
pub async fn blocking<T, F>(function: F) -> Result<T, ToolError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    match tokio::task::spawn_blocking(function).await {
        Ok(value) => Ok(value),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(ToolError::private(error)),
        },
    }
}
