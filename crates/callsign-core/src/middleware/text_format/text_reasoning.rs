//! Reasoning that a model writes into its text.

use callsign_types::request::Request;
use callsign_types::text_format::{ReasoningTags, TextFormat};
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};

/// A model whose text may begin with reasoning, such as `<think>…</think>`, which becomes the
/// response's reasoning.
///
/// Tags count at the beginning of a response, and after a call. Tags in the answer are text. For a
/// model over HTTP, the profile's `text_format` does the same.
///
/// If the text also contains calls, use [`TextToolCalls::reasoning`](super::TextToolCalls::reasoning)
/// or put this wrapper inside of [`TextToolCalls`](super::TextToolCalls).
///
/// ```
/// use callsign_core::middleware::text_format::TextReasoning;
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// # use callsign_types::traits::model::ModelExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), callsign_types::error::Error> {
/// let text = "<think>2 + 2</think>\n\nIt is 4.";
/// let model = TextReasoning::new(ScriptedModel::new([ScriptedReply::text(text)]));
///
/// let response = model.complete("How much is 2 + 2?").await?;
/// assert_eq!(response.text(), "It is 4.");
/// assert_eq!(response.message.reasoning, "2 + 2");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TextReasoning<M> {
    model: M,
    format: TextFormat,
}

impl<M: Model> TextReasoning<M> {
    /// Wraps `model`. All known tags are found.
    pub fn new(model: M) -> Self {
        Self { model, format: TextFormat::any().calls([]) }
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = ReasoningTags>) -> Self {
        self.format = self.format.reasoning(tags);
        self
    }

    /// Sets whether responses begin inside of the reasoning, because the chat template has written
    /// the opening tag, the first of [`tags`](Self::tags). By default they do not.
    #[must_use]
    pub fn begins_with_reasoning(mut self, begins: bool) -> Self {
        self.format = self.format.begins_with_reasoning(begins);
        self
    }

    /// Returns the wrapped model.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for TextReasoning<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        super::stream(&self.model, &self.format, request)
    }

    fn info(&self) -> ModelInfo<'_> {
        self.model.info()
    }
}
