//! An answer that has to keep to a JSON schema: how it is asked for, and how it is checked.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::journal::entry::AnswerFormat;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::request::{Request, ResponseFormat};

/// The tool by which a model answers that takes no response format.
pub(crate) const ANSWER_TOOL: &str = "final_answer";

/// What is wrong with an answer, for the model to read; or nothing.
pub(crate) type Check = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// How an answer is asked for, and how it is checked.
#[derive(Clone)]
pub(crate) struct AnswerSpec {
    name: String,
    schema: Arc<Value>,
    check: Check,
    /// The format that is asked for first.
    pub(crate) format: AnswerFormat,
}

impl AnswerSpec {
    pub(crate) fn new(
        name: impl Into<String>,
        schema: Value,
        format: AnswerFormat,
        check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), schema: Arc::new(schema), check: Arc::new(check), format }
    }

    /// What is wrong with this text as an answer, for the model to read.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        (self.check)(text)
    }

    /// The tool by which a model gives the answer.
    pub(crate) fn tool(&self) -> Arc<dyn Tool> {
        let description = "Gives the final answer. Call it once, when you have what it needs.";
        let mut spec = ToolSpec::new(ANSWER_TOOL, description, (*self.schema).clone());
        spec.read_only = true;
        Arc::new(AnswerTool { spec, check: self.check.clone() })
    }

    /// Has a request ask for the answer in this format.
    pub(super) fn shape(&self, request: &mut Request, format: AnswerFormat) {
        match format {
            AnswerFormat::Schema => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonSchema {
                    name: self.name.clone(),
                    schema: (*self.schema).clone(),
                    description: None,
                    strict: Some(true),
                });
                request.options = Arc::new(options);
            }
            AnswerFormat::Json => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonObject);
                request.options = Arc::new(options);
                let said = request.instructions.as_deref().unwrap_or_default();
                let gap = if said.is_empty() { "" } else { "\n\n" };
                let schema = &self.schema;
                request.instructions = Some(
                    format!(
                        "{said}{gap}Answer with one JSON object and nothing else. It keeps to this \
                         JSON schema: {schema}"
                    )
                    .into(),
                );
            }
            AnswerFormat::Tool => {
                let answer = self.tool().spec().definition.clone();
                request.tools = request.tools.iter().cloned().chain([answer]).collect();
            }
        }
    }
}

impl AnswerFormat {
    /// What to try where a model does not take this format.
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::Json),
            Self::Json => Some(Self::Tool),
            Self::Tool => None,
        }
    }
}

struct AnswerTool {
    spec: ToolSpec,
    check: Check,
}

impl Tool for AnswerTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _context: Context, arguments: Arguments) -> ToolFuture {
        let checked = (self.check)(arguments.as_str());
        Box::pin(async move {
            checked.map_err(ToolError::retry)?;
            let mut output = ToolOutput::new("Accepted.");
            output.effect = Effect::Answer;
            Ok(output)
        })
    }
}

impl fmt::Debug for AnswerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerSpec").field("name", &self.name).finish_non_exhaustive()
    }
}
