//! A hook around a tool.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::waits::around_waits;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;

/// One call on its way to a tool, as a hook gets it.
#[derive(Clone)]
pub struct ToolInvocation {
    tool: Arc<dyn Tool>,
    context: Context,
    arguments: Arguments,
}

impl ToolInvocation {
    /// The tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.spec().name()
    }

    /// What the model and the agent know of the tool.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }

    /// The surroundings of the call: who calls, the agent's state, what the run was given.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The arguments, which were checked already.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The same call with other arguments, which nobody checks but the tool as it reads them.
    #[must_use]
    pub fn with_arguments(mut self, arguments: Arguments) -> Self {
        self.arguments = arguments;
        self
    }
}

/// What a hook around a tool calls next: the next hook, or the tool itself.
#[derive(Clone, Debug)]
pub struct NextTool(Arc<dyn Tool>);

impl NextTool {
    /// Calls it. It can be called again, with a clone of the call, or not at all.
    pub fn call(&self, call: ToolInvocation) -> ToolFuture {
        self.0.call(call.context, call.arguments)
    }
}

/// A tool with a hook around it.
///
/// Where the call has to wait for approvals, as one of an agent that is a tool, that passes around
/// the hook: its future is dropped, and it is called again once the call goes on.
///
/// ```
/// # use callsign_core as callsign;
/// use callsign::around::tool::AroundTool;
/// # use callsign::traits::tool::Tool;
///
/// # fn wrap(tool: impl Tool) -> impl Tool {
/// AroundTool::new(tool, |call, next| async move {
///     let output = next.call(call.clone()).await;
///     match output {
///         // Once more, where the tool says that this does no harm.
///         Err(error) if error.is_private() && call.spec().is_repeatable() => {
///             next.call(call).await
///         }
///         output => output,
///     }
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AroundTool {
    inner: Arc<dyn Tool>,
    hook: ToolHook,
}

impl AroundTool {
    /// Puts a hook around a tool.
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

impl Tool for AroundTool {
    fn spec(&self) -> &ToolSpec {
        self.inner.spec()
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        let call = ToolInvocation { tool: self.inner.clone(), context, arguments };
        around_waits(self.inner.clone(), |next| (self.hook.0)(call, NextTool(next)))
    }
}

/// Hooks around many tools: `tools![search, book].around(hook)`.
pub trait AroundTools: IntoIterator<Item = Arc<dyn Tool>> + Sized {
    /// The same tools in the same order, each with this hook around it.
    fn around<F>(
        self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Vec<Arc<dyn Tool>>
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        let hook = ToolHook::new(hook);
        let around = |tool| Arc::new(AroundTool::with(tool, hook.clone())) as Arc<dyn Tool>;
        self.into_iter().map(around).collect()
    }
}

impl<T: IntoIterator<Item = Arc<dyn Tool>>> AroundTools for T {}

type Hook = dyn Fn(ToolInvocation, NextTool) -> ToolFuture + Send + Sync;

/// A hook for any tool.
#[derive(Clone)]
pub(crate) struct ToolHook(Arc<Hook>);

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
