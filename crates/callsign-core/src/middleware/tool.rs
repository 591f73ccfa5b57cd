//! Middleware for tools.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_types::approval::ApprovalRequest;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;

/// A call of a tool, as tool middleware receives it.
#[derive(Clone)]
pub struct ToolInvocation {
    tool: Arc<dyn Tool>,
    context: Context,
    arguments: Arguments,
}

impl ToolInvocation {
    /// Returns the tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.spec().name()
    }

    /// Returns the tool's specification.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }

    /// Returns the context of the call: its id, the agent's state and the run's context values.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Returns the arguments, which are already validated.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Replaces the arguments. They are not validated against the schema again; the tool may still
    /// fail to deserialize them.
    #[must_use]
    pub fn with_arguments(mut self, arguments: Arguments) -> Self {
        self.arguments = arguments;
        self
    }
}

/// The next tool middleware, or the tool itself.
#[derive(Clone, Debug)]
pub struct NextTool {
    tool: Arc<dyn Tool>,
    /// The approvals for which the newest call waits.
    suspended_on: Arc<Mutex<Vec<ApprovalRequest>>>,
}

impl NextTool {
    fn new(tool: Arc<dyn Tool>) -> Self {
        Self { tool, suspended_on: Arc::default() }
    }

    fn suspended_on(&self) -> MutexGuard<'_, Vec<ApprovalRequest>> {
        self.suspended_on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls it. This may be called several times, with clones of `call`, or not at all.
    pub fn call(&self, call: ToolInvocation) -> ToolFuture {
        let next = self.clone();
        Box::pin(async move {
            let output = next.tool.call(call.context, call.arguments).await;
            *next.suspended_on() = match &output {
                Ok(ToolOutput { effect: Effect::Suspend(requests), .. }) => requests.clone(),
                _ => Vec::new(),
            };
            output
        })
    }
}

/// A tool that runs a function for each call.
///
/// If the call of a sub-agent has to wait for approvals, `next` returns an output for which
/// [`ToolOutput::is_suspended`] is true. Do not cache it: the function runs again once the
/// approvals are decided. If the function returns another output instead, the call still waits. If
/// it returns an error, the call ends with the error.
///
/// ```
/// use callsign_core::middleware::tool::ToolMiddleware;
/// # use callsign_types::traits::tool::Tool;
///
/// # fn wrap(tool: impl Tool) -> impl Tool {
/// ToolMiddleware::new(tool, |call, next| async move {
///     let output = next.call(call.clone()).await;
///     match output {
///         // Try once more if the tool is safe to repeat.
///         Err(error) if error.is_private() && call.spec().is_repeatable() => {
///             next.call(call).await
///         }
///         output => output,
///     }
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ToolMiddleware {
    inner: Arc<dyn Tool>,
    hook: ToolHook,
}

impl ToolMiddleware {
    /// Wraps `tool`. `hook` receives each call and the next middleware or tool.
    pub fn new<F>(
        tool: impl Tool,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        Self::with(Arc::new(tool), ToolHook::new(hook))
    }

    pub(crate) fn with(inner: Arc<dyn Tool>, hook: ToolHook) -> Self {
        Self { inner, hook }
    }
}

impl Tool for ToolMiddleware {
    fn spec(&self) -> &ToolSpec {
        self.inner.spec()
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        let call = ToolInvocation { tool: self.inner.clone(), context, arguments };
        let next = NextTool::new(self.inner.clone());
        let work = (self.hook.0)(call, next.clone());
        Box::pin(async move {
            let output = work.await?;
            let requests = std::mem::take(&mut *next.suspended_on());
            // The hook has replaced the output, but not the need for approval.
            let is_lost = !requests.is_empty() && matches!(output.effect, Effect::None);
            Ok(if is_lost { ToolOutput::suspended(requests) } else { output })
        })
    }
}

/// Middleware for many tools at once: `tools![search, book].middleware(hook)`.
pub trait ToolMiddlewareExt: IntoIterator<Item = Arc<dyn Tool>> + Sized {
    /// Wraps each tool in `hook`, see [`ToolMiddleware`], and returns the tools in the same order.
    fn middleware<F>(
        self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Vec<Arc<dyn Tool>>
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        let hook = ToolHook::new(hook);
        let wrap = |tool| Arc::new(ToolMiddleware::with(tool, hook.clone())) as Arc<dyn Tool>;
        self.into_iter().map(wrap).collect()
    }
}

impl<T: IntoIterator<Item = Arc<dyn Tool>>> ToolMiddlewareExt for T {}

type ToolHookFn = dyn Fn(ToolInvocation, NextTool) -> ToolFuture + Send + Sync;

/// A tool middleware function that is not bound to a tool.
#[derive(Clone)]
pub(crate) struct ToolHook(Arc<ToolHookFn>);

impl ToolHook {
    pub(crate) fn new<F>(
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        Self(Arc::new(move |call, next| Box::pin(hook(call, next))))
    }
}

impl fmt::Debug for ToolHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToolHook")
    }
}

impl fmt::Debug for ToolInvocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolInvocation").field("tool", &self.name()).finish_non_exhaustive()
    }
}
