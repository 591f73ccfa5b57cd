//! A tool that gives the results that were recorded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use callsign::{
    Arguments, CallNumber, Content, Context, Conversation, Tool, ToolError, ToolFuture, ToolOutput,
    ToolSpec, UserMessage,
};
use serde_json::Value;

/// What the tools of one run share.
#[derive(Default)]
pub(crate) struct Recorded {
    /// What the calls gave.
    pub(crate) results: Mutex<BTreeMap<CallNumber, Content>>,
    /// What the user said while this call ran.
    pub(crate) said: Mutex<BTreeMap<CallNumber, Vec<UserMessage>>>,
    pub(crate) conversation: OnceLock<Conversation>,
}

pub(crate) struct RecordedTool {
    spec: ToolSpec,
    recorded: Arc<Recorded>,
}

impl RecordedTool {
    /// The tool that a recorded request offers so.
    pub(crate) fn new(offered: &Value, recorded: Arc<Recorded>) -> Self {
        let function = &offered["function"];
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
            let number = context.call_number();
            let said = recorded.said.lock().unwrap().remove(&number).unwrap_or_default();
            for message in said {
                let conversation = recorded.conversation.get().unwrap();
                conversation.deliver(message).await.map_err(ToolError::fatal)?;
            }
            let result = recorded.results.lock().unwrap().remove(&number);
            let ends = || ToolError::fatal("the recording ends here");
            result.map(ToolOutput::new).ok_or_else(ends)
        })
    }
}
