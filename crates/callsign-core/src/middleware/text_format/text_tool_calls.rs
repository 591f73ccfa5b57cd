//! Tool calls that a model writes as text.

use callsign_types::request::Request;
use callsign_types::text_format::{CallSyntax, ReasoningTags, TextFormat};
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};

/// A model whose text may contain tool calls, such as `<tool_call>{…}</tool_call>`.
///
/// Servers of local models return calls as text if they have no parser for the model. With this
/// wrapper such calls run. For a model over HTTP, the profile's `text_format` does the same.
///
/// - A call names a tool of the request and is complete. Its text is not part of the response's
///   text. Other text around it is.
/// - Text that may still become a call is held back, all other text arrives at once.
/// - An example stays text inside of a code span, of quotes around it, of a larger JSON value, of a
///   code block that begins with other text, or of a block between `~~~` or four backticks. Other
///   calls with markers run wherever they are, also in the middle of a line or indented. A call as
///   bare JSON needs lines of its own.
/// - A call in reasoning at the beginning of the text stays text.
/// - A call needs its end: the last bracket of its JSON, or the end marker after arguments in tags.
///   After JSON, the end marker may be missing at the end of the response.
/// - If the response was cut off, a call without its end marker stays text. As always, no call of
///   such a response runs.
/// - If the server sends calls of its own, calls in the text stay text: they may be the same.
/// - If the request has no tools or forbids calls, nothing is changed.
///
/// ```
/// use callsign_core::middleware::text_format::TextToolCalls;
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// use callsign_types::request::{Request, ToolDefinition};
/// # use callsign_types::traits::model::ModelExt;
/// # use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), callsign_types::error::Error> {
/// let text = r#"<tool_call>{"name": "now", "arguments": {}}</tool_call>"#;
/// let model = TextToolCalls::new(ScriptedModel::new([ScriptedReply::text(text)]));
///
/// let tool = ToolDefinition::new("now", "Returns the time.", json!({ "type": "object" }));
/// let response = model.complete(Request::user("What time is it?").tools([tool])).await?;
/// assert_eq!(response.message.tool_calls[0].name, "now");
/// assert_eq!(response.text(), "");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TextToolCalls<M> {
    model: M,
    format: TextFormat,
}

impl<M: Model> TextToolCalls<M> {
    /// Wraps `model`. Calls in all known notations are found.
    pub fn new(model: M) -> Self {
        Self { model, format: TextFormat::any().reasoning([]) }
    }

    /// Sets the notations in which calls are found.
    #[must_use]
    pub fn syntaxes(mut self, syntaxes: impl IntoIterator<Item = CallSyntax>) -> Self {
        self.format = self.format.calls(syntaxes);
        self
    }

    /// Takes reasoning between these tags out of the text, as [`TextReasoning`] does. Without it,
    /// reasoning stays in the text.
    ///
    /// [`TextReasoning`]: super::TextReasoning
    #[must_use]
    pub fn reasoning(mut self, tags: impl IntoIterator<Item = ReasoningTags>) -> Self {
        self.format = self.format.reasoning(tags);
        self
    }

    /// Sets the whole format of the text.
    #[must_use]
    pub fn format(mut self, format: TextFormat) -> Self {
        self.format = format;
        self
    }

    /// Returns the wrapped model.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for TextToolCalls<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        super::stream(&self.model, &self.format, request)
    }

    fn info(&self) -> ModelInfo<'_> {
        self.model.info()
    }
}
