//! Waits for approvals, which pass around hooks: a hook that answers errors would lose them.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};
use crate::traits::tool_error::{Audience, ToolError};

/// What a hook makes of a tool, unless the tool has to wait: that is what comes of it then,
/// whatever the hook says, which does not hear of it.
pub(super) fn around_waits(
    tool: Arc<dyn Tool>,
    hook: impl FnOnce(Arc<dyn Tool>) -> ToolFuture,
) -> ToolFuture {
    let waits = Waits::default();
    let mut hooked = hook(Arc::new(Noted { tool, waits: waits.clone() }));
    Box::pin(poll_fn(move |context| {
        let polled = hooked.as_mut().poll(context);
        waits.take().map_or(polled, |wait| Poll::Ready(Err(wait)))
    }))
}

/// That the tool has to wait, on its way around the hook.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Option<ToolError>>>);

impl Waits {
    fn put(&self, wait: ToolError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
    }

    fn take(&self) -> Option<ToolError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A tool whose waits are noted.
struct Noted {
    tool: Arc<dyn Tool>,
    waits: Waits,
}

impl Tool for Noted {
    fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        let (called, waits) = (self.tool.call(context, arguments), self.waits.clone());
        Box::pin(async move {
            match called.await {
                Err(wait) if wait.audience() == Audience::Wait => {
                    waits.put(wait);
                    pause().await;
                    // Only a hook that has the tool called in a task of its own comes here.
                    Err(ToolError::tell("the call waits for approvals"))
                }
                output => output,
            }
        })
    }
}

/// Returns to whoever polls, who finds the wait there.
async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
