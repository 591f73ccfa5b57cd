//! A tool whose spec was changed, while it does what it did.

use std::sync::Arc;

use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

/// A tool under another spec: the model and the agent see this one, and the tool gets the calls.
#[derive(Clone)]
pub(crate) struct Respecified {
    pub(crate) spec: ToolSpec,
    inner: Arc<dyn Tool>,
}

impl Respecified {
    /// The tool under its own spec, which can be changed from here on.
    pub(crate) fn new(inner: Arc<dyn Tool>) -> Self {
        Self { spec: inner.spec().clone(), inner }
    }
}

impl Tool for Respecified {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        self.inner.call(context, arguments)
    }
}
