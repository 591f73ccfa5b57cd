//! The hooks of an agent.

use std::sync::Arc;

use super::model::{AroundModel, ModelHook};
use super::tool::{AroundTool, ToolHook};
use crate::traits::events::Observer;
use crate::traits::model::Model;
use crate::traits::tool::Tool;

/// The hooks of an agent, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hooks {
    pub(crate) tools: Vec<ToolHook>,
    pub(crate) models: Vec<ModelHook>,
    pub(crate) observers: Vec<Observer>,
    /// Whether spans get what was said.
    pub(crate) record_content: bool,
}

impl Hooks {
    /// This tool with the hooks around it, the first outermost.
    pub(crate) fn around_tool(&self, tool: Arc<dyn Tool>) -> Arc<dyn Tool> {
        let hooks = self.tools.iter().rev().cloned();
        hooks.fold(tool, |inner, hook| Arc::new(AroundTool::with(inner, hook)))
    }

    /// This model with the hooks around it, the first outermost.
    pub(crate) fn around_model(&self, model: Arc<dyn Model>) -> Arc<dyn Model> {
        let hooks = self.models.iter().rev().cloned();
        hooks.fold(model, |inner, hook| Arc::new(AroundModel::with(inner, hook)))
    }
}
