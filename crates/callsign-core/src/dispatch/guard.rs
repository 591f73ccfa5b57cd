//! One call, guarded: whatever the tool does, there is an answer.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::arguments;
use super::late::{ROUTE, Route};
use super::toolbox::Toolbox;
use crate::journal::open_call::OpenCall;
use crate::traits::cancellation::Cancellation;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, ErrorAudience};

/// What bounds a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Its wall time, where the tool does not set its own.
    pub(crate) timeout: Duration,
    /// When the run's time is over.
    pub(crate) deadline: Instant,
    /// Who hears its errors, where neither they nor the tool say so.
    pub(crate) errors: Option<ErrorAudience>,
    /// How many bytes of its result the model sees, where the tool does not say so itself.
    pub(crate) result_bytes: u64,
}

/// Tells what a call has left to others that nobody waits for it, unless it has finished.
struct Waited<'a> {
    cancellation: &'a Cancellation,
    finished: bool,
}

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.cancellation.cancel();
        }
    }
}

/// Runs one call until it has an answer, or its time or the run's is over.
pub(crate) async fn run(
    toolbox: &Toolbox,
    open: &OpenCall,
    context: Context,
    bounds: Bounds,
) -> Answer {
    let name = open.call.name.as_str();
    let Some(slot) = toolbox.get(name) else {
        return Answer::unknown_tool(name, toolbox.names());
    };
    let arguments = match arguments::check(slot, &open.call.arguments) {
        Ok(checked) => Arguments::new(checked.text),
        Err(why) => return Answer::invalid_arguments(name, &why),
    };
    let (spec, deadline) = (&slot.spec, bounds.deadline);
    let limit = spec.timeout.unwrap_or(bounds.timeout);
    let until = Instant::now().checked_add(limit).map_or(deadline, |until| until.min(deadline));
    let cancellation = context.cancellation().clone();
    let mut waited = Waited { cancellation: &cancellation, finished: false };
    // The call itself may panic, before there is a future to poll; and so may what the future
    // holds, when it is dropped because its time is over.
    // A call that may be repeated is, where its result is missed.
    let late = if spec.is_repeatable() { None } else { Route::of(&context, spec, bounds) };
    let work = async { timeout_at(until, slot.tool.call(context, arguments)).await };
    let work = ROUTE.scope(late, work);
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    waited.finished = matches!(ended, Ok(Ok(_)));
    let answer = match ended {
        Ok(Ok(Ok(output))) => Answer::output(output),
        Ok(Ok(Err(error))) => Answer::error(name, error.heard_by(spec.errors.or(bounds.errors))),
        Err(panic) => panicked(name, &*panic),
        Ok(Err(_)) if until < deadline => Answer::timed_out(name, limit, spec.is_repeatable()),
        Ok(Err(_)) => Answer::out_of_time(name, spec.is_repeatable()),
    };
    if open.changed { answer.of_changed(&open.call.arguments) } else { answer }
}

fn panicked(name: &str, panic: &(dyn Any + Send)) -> Answer {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Answer::panicked(name, text.unwrap_or("(no message)"))
}
