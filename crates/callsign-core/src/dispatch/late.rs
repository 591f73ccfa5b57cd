//! Functions that block: run where that is allowed, and heard of also when they outlive their
//! call.
//!
//! A thread can't be ended from outside. Where a call's time is over while its function is at
//! work, the call's outcome is not known; what the function returns then goes to the
//! conversation's inbox, and the next run tells the model.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::Span;

use super::answer::Answer;
use crate::traits::context::Context;
use crate::traits::store::{InboxItem, Store};
use crate::traits::tool::ToolOutput;
use crate::traits::tool_error::ToolError;
use crate::words::id::{AppendId, CallNumber, ConversationId};
use crate::words::result::LateResult;

tokio::task_local! {
    /// Where the result of the call that is being polled goes if it comes too late.
    pub(super) static ROUTE: Option<Route>;
}

/// Where a result goes that comes too late.
#[derive(Clone)]
pub(super) struct Route {
    store: Arc<dyn Store>,
    conversation: ConversationId,
    call: CallNumber,
    tool: Arc<str>,
}

type Returned = Result<ToolOutput, ToolError>;

impl Route {
    /// The way to the inbox of the call's conversation; none for a call that is made by hand.
    pub(super) fn of(context: &Context) -> Option<Self> {
        Some(Self {
            store: context.scope().store.clone()?,
            conversation: context.conversation().clone(),
            call: context.call_number(),
            tool: context.tool().into(),
        })
    }

    fn deliver(self, returned: Returned, runtime: &Handle) {
        let answer = match returned {
            Ok(output) => Answer::output(output),
            Err(error) => Answer::error(&self.tool, error),
        };
        let Self { store, conversation, call, tool } = self;
        let result = LateResult::new(call, &*tool, answer.outcome, answer.content);
        runtime.spawn(async move {
            let item = InboxItem::LateResult { result };
            if let Err(error) = store.deliver(&conversation, AppendId::random(), item).await {
                tracing::error!(%conversation, %call, %error, "a late result is lost");
            }
        });
    }
}

/// Waits for a function; what it has returned when nobody waits any longer is delivered.
struct Waiting {
    returned: oneshot::Receiver<Returned>,
    route: Option<Route>,
    runtime: Handle,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // What is sent from here on is handed back to its sender.
        self.returned.close();
        if let (Ok(returned), Some(route)) = (self.returned.try_recv(), self.route.take()) {
            route.deliver(returned, &self.runtime);
        }
    }
}

/// The output of a function that must not block the run, run where blocking is allowed.
///
/// # Errors
/// Where the runtime is being shut down. A panic of the function goes on in the caller.
pub async fn blocking<F>(function: F) -> Result<Returned, ToolError>
where
    F: FnOnce() -> Returned + Send + 'static,
{
    let (span, runtime) = (Span::current(), Handle::current());
    let route = ROUTE.try_with(Clone::clone).ok().flatten();
    let (sender, returned) = oneshot::channel();
    let (late, waits) = (route.clone(), runtime.clone());
    let task = tokio::task::spawn_blocking(move || {
        // The span is left and let go before anybody hears of the result.
        match catch_unwind(AssertUnwindSafe(move || span.in_scope(function))) {
            Ok(returned) => {
                if let (Err(returned), Some(route)) = (sender.send(returned), late) {
                    route.deliver(returned, &runtime);
                }
                None
            }
            Err(panic) => Some(panic),
        }
    });
    let mut waiting = Waiting { returned, route, runtime: waits };
    match (&mut waiting.returned).await {
        Ok(returned) => Ok(returned),
        // It has returned nothing: it has panicked, or was never begun.
        Err(_) => Err(go_on(task.await)),
    }
}

/// Goes on with a panic, or says why there is none.
fn go_on(ended: Result<Option<Box<dyn Any + Send>>, tokio::task::JoinError>) -> ToolError {
    match ended {
        Ok(Some(panic)) => resume_unwind(panic),
        Ok(None) => ToolError::private("the function returned nothing"),
        Err(error) => ToolError::private(error),
    }
}
