//! Functions that block: they run on a thread for blocking work, and their results are delivered
//! even if they outlive their call.
//!
//! A thread cannot be stopped from outside. If a call times out while its function runs, the
//! outcome of the call is unknown. The result of the function then goes to the inbox of the
//! conversation, and the next run returns it to the model in the same form as a result in time. If
//! the conversation was renamed or deleted meanwhile, the result is lost, and the log says so.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use callsign_types::id::{AppendId, CallIndex, ConversationId, JournalKey};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::LateToolResult;
use callsign_types::traits::context::Context;
use callsign_types::traits::store::{InboxItem, Store, StoreError};
use callsign_types::traits::tool::{ErrorVisibility, ToolOutput};
use callsign_types::traits::tool_error::ToolError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::call_result::CallResult;
use crate::journal::truncate::truncate_content;

/// The maximum number of attempts of one delivery. Repeating a delivery is safe.
const MAX_ATTEMPTS: u32 = 3;

/// The delay before the second attempt; later delays are longer.
const FIRST_DELAY: Duration = Duration::from_millis(20);

/// The destination of a result that arrives after its call has ended. Calls that may be repeated
/// and calls outside of a run have none.
#[derive(Clone, Default)]
pub struct LateRoute(Option<Route>);

#[derive(Clone)]
struct Route {
    store: Arc<dyn Store>,
    conversation: ConversationId,
    key: JournalKey,
    call: CallIndex,
    tool: Arc<str>,
    /// The visibility of an error, unless the error sets it.
    errors: Option<ErrorVisibility>,
    /// The maximum number of bytes of the result that the model receives.
    max_bytes: u64,
    /// Cancelled when the call has ended without a result.
    ended: CancellationToken,
}

type ToolResult = Result<ToolOutput, ToolError>;

impl LateRoute {
    /// Returns the route of a call's result, from the call's own context, which also follows the
    /// call into a task that middleware spawns.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        let scope = context.scope();
        let route =
            scope.store.clone().zip(context.late_delivery()).map(|(store, delivery)| Route {
                store,
                conversation: context.conversation().clone(),
                key: scope.key.clone(),
                call: context.call_index(),
                tool: context.tool().into(),
                errors: delivery.errors,
                max_bytes: delivery.max_result_bytes,
                ended: context.end().clone(),
            });
        Self(route)
    }
}

impl std::fmt::Debug for LateRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let call = self.0.as_ref().map(|route| route.call);
        f.debug_tuple("LateRoute").field(&call).finish()
    }
}

impl Route {
    /// Delivers a late result in the background.
    fn deliver(self, result: ToolResult, runtime: &Handle) {
        runtime.spawn(async move {
            let item = InboxItem::LateToolResult { result: self.late_result(result) };
            let Self { conversation, call, .. } = &self;
            match self.send(item).await {
                Ok(true) => {}
                Ok(false) => tracing::error!(
                    %conversation, %call,
                    "late tool result lost: the conversation was renamed or deleted"
                ),
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::error!(%conversation, %call, error, "late tool result lost");
                }
            }
        });
    }

    fn late_result(&self, result: ToolResult) -> LateToolResult {
        let result = match result {
            Ok(output) => CallResult::output(output),
            Err(error) => CallResult::error(&self.tool, error.with_visibility(self.errors)),
        };
        let CallResult { status, content, metadata, .. } = result;
        let shown = truncate_content(&content, self.max_bytes).map(|_| self.max_bytes);
        let mut late =
            LateToolResult::new(self.key.clone(), self.call, &*self.tool, status, content);
        late.shown = shown;
        late.metadata = metadata;
        late
    }

    /// Puts the item into the inbox. Returns whether the conversation is still the same one.
    async fn send(&self, item: InboxItem) -> Result<bool, StoreError> {
        let id = AppendId::random();
        let mut attempts = 1;
        loop {
            match self.try_send(id, item.clone()).await {
                Err(StoreError::Failed { .. }) if attempts < MAX_ATTEMPTS => {
                    tokio::time::sleep(FIRST_DELAY * attempts).await;
                    attempts += 1;
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

/// The wait for a blocking function. If it is dropped, a result that has arrived is delivered.
struct BlockingWait {
    result: oneshot::Receiver<ToolResult>,
    late: LateRoute,
    runtime: Handle,
}

impl Drop for BlockingWait {
    fn drop(&mut self) {
        // From here on, sending returns the result to the sender, which delivers it.
        self.result.close();
        if let (Ok(result), Some(route)) = (self.result.try_recv(), self.late.0.take()) {
            route.deliver(result, &self.runtime);
        }
    }
}

/// Whether the target has no threads: WebAssembly without atomics. A function runs in the caller
/// there, which nothing can interrupt.
const HAS_NO_THREADS: bool = cfg!(all(target_family = "wasm", not(target_feature = "atomics")));

/// Runs a function that may block on a thread for blocking work, and returns its result.
///
/// # Errors
/// Returns a private error if the runtime is shut down. A panic of the function resumes in the
/// caller.
pub async fn blocking<F>(late: LateRoute, function: F) -> Result<ToolResult, ToolError>
where
    F: FnOnce() -> ToolResult + Send + 'static,
{
    if HAS_NO_THREADS {
        return Ok(function());
    }
    let (span, runtime) = (Span::current(), Handle::current());
    let (sender, result) = oneshot::channel();
    let (route, handle) = (late.0.clone(), runtime.clone());
    let task = tokio::task::spawn_blocking(move || {
        // The span is left before the result is sent.
        match catch_unwind(AssertUnwindSafe(move || span.in_scope(function))) {
            Ok(result) => {
                if let (Err(result), Some(route)) = (sender.send(result), route) {
                    route.deliver(result, &handle);
                }
                None
            }
            Err(panic) => Some(panic),
        }
    });
    let mut waiting = BlockingWait { result, late, runtime };
    match (&mut waiting.result).await {
        Ok(result) => match waiting.late.0.take_if(|route| route.ended.is_cancelled()) {
            // Middleware has spawned the call: this task still waits, but the call has ended.
            Some(route) => {
                route.deliver(result, &waiting.runtime);
                Err(ToolError::private("the call ended before the function returned"))
            }
            None => Ok(result),
        },
        // The function sent nothing: it has panicked, or was never started.
        Err(_) => Err(resume_panic(task.await)),
    }
}

/// Resumes a panic, or returns why there is none.
fn resume_panic(ended: Result<Option<Box<dyn Any + Send>>, tokio::task::JoinError>) -> ToolError {
    match ended {
        Ok(Some(panic)) => resume_unwind(panic),
        Ok(None) => ToolError::private("the function returned nothing"),
        Err(error) => ToolError::private(error),
    }
}
