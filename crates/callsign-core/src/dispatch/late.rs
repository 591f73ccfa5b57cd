//! Functions that block: run where that is allowed, and heard of also when they outlive their
//! call.
//!
//! A thread can't be ended from outside. Where a call's time is over while its function is at
//! work, the call's outcome is not known; what the function returns then goes to the
//! conversation's inbox, and the next run tells the model. What the model hears is the same as if
//! it had come in time; where the conversation was renamed or deleted meanwhile, the log has that
//! the result is lost.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::Span;

use super::answer::Answer;
use super::guard::Bounds;
use crate::journal::cut::cut;
use crate::journal::entry::Entry;
use crate::traits::context::Context;
use crate::traits::store::{InboxItem, Store, StoreError};
use crate::traits::tool::{ErrorAudience, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::id::{AppendId, CallNumber, ConversationId, JournalKey};
use crate::words::result::LateResult;

/// How often a delivery is tried before its result is given up. Repeating one is safe.
const TRIES: u32 = 3;

/// How long to wait before the first repetition; the next wait is longer.
const PAUSE: Duration = Duration::from_millis(20);

tokio::task_local! {
    /// Where the result of the call that is being polled goes if it comes too late.
    pub(super) static ROUTE: Option<Route>;
}

/// Where a result goes that comes too late.
#[derive(Clone)]
pub(super) struct Route {
    store: Arc<dyn Store>,
    conversation: ConversationId,
    key: JournalKey,
    call: CallNumber,
    tool: Arc<str>,
    /// Who hears of an error, where that does not say so itself.
    errors: Option<ErrorAudience>,
    /// How many bytes of it the model sees.
    bytes: u64,
}

type Returned = Result<ToolOutput, ToolError>;

impl Route {
    /// The way to the inbox of the call's conversation; none for a call that is made by hand.
    pub(super) fn of(context: &Context, spec: &ToolSpec, bounds: Bounds) -> Option<Self> {
        let scope = context.scope();
        Some(Self {
            store: scope.store.clone()?,
            conversation: context.conversation().clone(),
            key: scope.key.clone(),
            call: context.call_number(),
            tool: context.tool().into(),
            errors: spec.errors.or(bounds.errors),
            bytes: spec.max_result_bytes.unwrap_or(bounds.result_bytes),
        })
    }

    fn deliver(self, returned: Returned, runtime: &Handle) {
        runtime.spawn(async move {
            let item = InboxItem::LateResult { result: self.result(returned) };
            let Self { conversation, call, .. } = &self;
            match self.send(item).await {
                Ok(true) => {}
                Ok(false) => tracing::error!(
                    %conversation, %call,
                    "a late result is lost: its conversation was renamed or deleted"
                ),
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::error!(%conversation, %call, error, "a late result is lost");
                }
            }
        });
    }

    fn result(&self, returned: Returned) -> LateResult {
        let answer = match returned {
            Ok(output) => Answer::output(output),
            Err(error) => Answer::error(&self.tool, error.heard_by(self.errors)),
        };
        let Answer { outcome, content, private, .. } = answer;
        let shown = cut(&content, self.bytes).map(|_| self.bytes);
        let result = LateResult::new(self.key.clone(), self.call, &*self.tool, outcome, content);
        LateResult { shown, private, ..result }
    }

    /// Puts it into the inbox, and says whether that is still the same conversation's.
    async fn send(&self, item: InboxItem) -> Result<bool, StoreError> {
        let id = AppendId::random();
        let mut tries = 1;
        loop {
            match self.try_send(id, item.clone()).await {
                Err(StoreError::Failed { .. }) if tries < TRIES => {
                    tokio::time::sleep(PAUSE * tries).await;
                    tries += 1;
                }
                sent => return sent,
            }
        }
    }

    async fn try_send(&self, id: AppendId, item: InboxItem) -> Result<bool, StoreError> {
        let first = self.store.load(&self.conversation, 0..1).await?;
        let is_same = matches!(first.first(), Some(Entry::Created { key, .. }) if *key == self.key);
        if is_same {
            self.store.deliver(&self.conversation, id, item).await?;
        }
        Ok(is_same)
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
