//! A tool that returns recorded results.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use callsign::model::{Content, UserMessage};
use callsign::store::CallIndex;
use callsign::tool::{Arguments, ToolFuture, ToolOutput, ToolSpec};
use callsign::{Context, Conversation, Tool, ToolError};
use serde_json::Value;

/// The state that the tools of one run share.
#[derive(Default)]
pub(crate) struct Recorded {
    /// The results of the calls.
    pub(crate) results: Mutex<BTreeMap<CallIndex, Content>>,
    /// The messages that the user sent during a call.
    pub(crate) messages: Mutex<BTreeMap<CallIndex, Vec<UserMessage>>>,
    pub(crate) conversation: OnceLock<Conversation>,
}

pub(crate) struct RecordedTool {
    spec: ToolSpec,
    recorded: Arc<Recorded>,
}

impl RecordedTool {
    /// Creates a tool from its definition in a recorded request.
    pub(crate) fn new(definition: &Value, recorded: Arc<Recorded>) -> Self {
        let function = &definition["function"];
        let name = function["name"].as_str().unwrap();
        let description = function["description"].as_str().unwrap_or_default();
        let mut spec = ToolSpec::new(name, description, function["parameters"].clone());
        spec.read_only = true;
        Self { spec, recorded }
    }
}

impl Tool for RecordedTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, _: Arguments) -> ToolFuture {
        let recorded = self.recorded.clone();
        Box::pin(async move {
            let call = context.call_index();
            let messages = recorded.messages.lock().unwrap().remove(&call).unwrap_or_default();
            for message in messages {
                let conversation = recorded.conversation.get().unwrap();
                conversation.enqueue(message).await.map_err(ToolError::fatal)?;
            }
            let result = recorded.results.lock().unwrap().remove(&call);
            let end = || ToolError::fatal("the recording has no result for this call");
            result.map(ToolOutput::new).ok_or_else(end)
        })
    }
}
