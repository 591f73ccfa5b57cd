//! The invocation of one tool: whatever the tool does, the call gets a result.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use callsign_types::traits::context::{Context, LateDelivery};
use callsign_types::traits::tool::{Arguments, ErrorVisibility};
use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::arguments::{self, CheckedArguments};
use super::call_result::CallResult;
use super::registry::ToolRegistry;
use crate::journal::pending_call::PendingCall;

/// The bounds of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The timeout, unless the tool sets its own.
    pub(crate) timeout: Duration,
    /// The timeout of a call that reports progress; `None` if progress does not extend it.
    pub(crate) max_timeout: Option<Duration>,
    /// The time at which the run times out.
    pub(crate) deadline: Instant,
    /// The visibility of errors, unless the error or the tool sets it.
    pub(crate) errors: Option<ErrorVisibility>,
    /// The maximum number of bytes of the result that the model receives, unless the tool sets it.
    pub(crate) result_bytes: u64,
}

/// Cancels the work that a call has left to other tasks, unless the call has finished.
struct CancelUnfinished<'a> {
    end: &'a CancellationToken,
    finished: bool,
}

impl Drop for CancelUnfinished<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.end.cancel();
        }
    }
}

/// The timeout of a call, which progress reports may extend.
struct Timeout {
    /// When the call times out.
    until: Instant,
    started_at: Instant,
    limit: Duration,
    /// The latest time to which progress extends it.
    latest: Instant,
    /// The context of the call, if progress extends the timeout.
    context: Option<Context>,
}

impl Timeout {
    fn new(limit: Duration, bounds: Bounds, context: &Context) -> Self {
        let started_at = Instant::now();
        let after = |time: Duration| {
            started_at.checked_add(time).map_or(bounds.deadline, |at| at.min(bounds.deadline))
        };
        let until = after(limit);
        let latest = bounds.max_timeout.map_or(until, |time| after(time).max(until));
        let context = (latest > until).then(|| context.clone());
        Self { until, started_at, limit, latest, context }
    }

    /// Extends the timeout if there was progress that allows it. Returns whether it did.
    fn extend(&mut self) -> bool {
        let progress = self.context.as_ref().and_then(Context::last_progress);
        let extended = progress.and_then(|at| at.checked_add(self.limit));
        let extended = extended.map_or(self.until, |until| until.min(self.latest));
        let is_later = extended > self.until;
        self.until = self.until.max(extended);
        is_later
    }

    /// Returns how long the call was allowed to take.
    fn elapsed(&self) -> Duration {
        self.until - self.started_at
    }
}

/// Runs one call until it has a result, or until it or the run times out.
///
/// `checked` are the arguments, if they were checked before.
pub(crate) async fn run(
    tools: &ToolRegistry,
    pending: &PendingCall,
    checked: Option<&CheckedArguments>,
    context: Context,
    bounds: Bounds,
) -> CallResult {
    let name = pending.call.name.as_str();
    let Some(tool) = tools.get(name) else {
        return CallResult::unknown_tool(name, tools.names());
    };
    let arguments = match arguments::check_once(tool, &pending.call.arguments, checked) {
        Ok(checked) => Arguments::new(checked.text.clone()),
        Err(reason) => return CallResult::invalid_arguments(name, &reason),
    };
    let (spec, deadline) = (&tool.spec, bounds.deadline);
    let limit = spec.timeout.unwrap_or(bounds.timeout);
    let mut timeout = Timeout::new(limit, bounds, &context);
    let errors = spec.errors.or(bounds.errors);
    if !spec.is_repeatable() {
        // A repeatable call without a result runs again instead.
        let max_result_bytes = spec.max_result_bytes.unwrap_or(bounds.result_bytes);
        context.set_late_delivery(LateDelivery { errors, max_result_bytes });
    }
    let end = context.end().clone();
    let mut unfinished = CancelUnfinished { end: &end, finished: false };
    // `call` itself may panic before there is a future to poll, and dropping a future that timed
    // out may panic too.
    let work = async {
        let mut call = tool.tool.call(context, arguments);
        loop {
            match timeout_at(timeout.until, &mut call).await {
                Err(_) if timeout.extend() => {}
                ended => break ended,
            }
        }
    };
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    unfinished.finished = matches!(ended, Ok(Ok(_)));
    let result = match ended {
        Ok(Ok(Ok(output))) => CallResult::output(output),
        Ok(Ok(Err(error))) => CallResult::error(name, error.with_visibility(errors)),
        Err(panic) => panicked(name, &*panic),
        Ok(Err(_)) if timeout.until < deadline => {
            CallResult::timed_out(name, timeout.elapsed(), spec.is_repeatable())
        }
        Ok(Err(_)) => CallResult::run_timed_out(name, spec.is_repeatable()),
    };
    if pending.changed { result.with_changed(&pending.call.arguments) } else { result }
}

fn panicked(name: &str, panic: &(dyn Any + Send)) -> CallResult {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    CallResult::panicked(name, text.unwrap_or("(no message)"))
}
