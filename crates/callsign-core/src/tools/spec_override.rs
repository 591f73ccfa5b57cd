//! A tool with a changed spec.

use std::sync::Arc;

use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

/// A tool under another spec. The model and the agent see this spec; the inner tool gets the calls.
#[derive(Clone)]
pub(crate) struct SpecOverride {
    pub(crate) spec: ToolSpec,
    inner: Arc<dyn Tool>,
}

impl SpecOverride {
    /// Creates an override that starts with the spec of `inner`.
    pub(crate) fn new(inner: Arc<dyn Tool>) -> Self {
        Self { spec: inner.spec().clone(), inner }
    }
}

impl Tool for SpecOverride {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        self.inner.call(context, arguments)
    }
}
