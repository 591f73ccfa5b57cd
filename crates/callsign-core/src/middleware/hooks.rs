//! The middleware and event callbacks of an agent.

use std::sync::Arc;

use callsign_types::traits::events::EventCallback;
use callsign_types::traits::model::Model;
use callsign_types::traits::tool::Tool;

use super::model::{ModelHook, ModelMiddleware};
use super::tool::{ToolHook, ToolMiddleware};

/// The middleware and event callbacks of an agent, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooks {
    pub(crate) tools: Vec<ToolHook>,
    pub(crate) models: Vec<ModelHook>,
    pub(crate) event_callbacks: Vec<EventCallback>,
    /// Whether spans record the content of messages.
    pub(crate) record_content: bool,
}

impl Hooks {
    /// Wraps a tool in the agent's tool middleware, the first one outermost.
    pub(crate) fn wrap_tool(&self, tool: Arc<dyn Tool>) -> Arc<dyn Tool> {
        let hooks = self.tools.iter().rev().cloned();
        hooks.fold(tool, |inner, hook| Arc::new(ToolMiddleware::with(inner, hook)))
    }

    /// Wraps a model in the agent's model middleware, the first one outermost.
    pub(crate) fn wrap_model(&self, model: Arc<dyn Model>) -> Arc<dyn Model> {
        let hooks = self.models.iter().rev().cloned();
        hooks.fold(model, |inner, hook| Arc::new(ModelMiddleware::with(inner, hook)))
    }
}
