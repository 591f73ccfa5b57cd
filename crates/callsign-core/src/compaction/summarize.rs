//! Compaction that replaces old messages by a summary.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_types::error::Error;
use callsign_types::journal::compaction::Compaction;
use callsign_types::message::Message;
use callsign_types::messages::Messages;
use callsign_types::request::Request;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::metered_model::MeteredModel;
use callsign_types::traits::model::Model;

use super::positions::newest;
use crate::journal::compaction::{leaves_out, position};
use crate::journal::markers::is_from_user;

/// The default prompt of the request for a summary.
const INSTRUCTIONS: &str = "Summarize the conversation below, so that its assistant can continue \
                            from the summary alone. Keep names, numbers, dates, decisions, what \
                            the user wants, which tools were called with which results, and what \
                            is still open. Write only the summary, as plain text.";

/// A [`Compactor`] that replaces everything before the newest messages of the user by a summary,
/// which a model writes.
///
/// The model is the run's, or another one. Its usage counts toward the run's limits, also if the
/// summary is discarded because it is empty or truncated.
///
/// Messages that the runtime has written in the user's role do not count, see
/// [`markers`](crate::journal::markers). Messages that the model has not answered yet stay.
#[derive(Clone, Debug)]
pub struct Summarize {
    count: usize,
    model: Option<Arc<dyn Model>>,
    instructions: Arc<str>,
}

impl Summarize {
    /// Keeps the newest `count` messages of the user and everything after the first of them; 0
    /// counts as 1.
    #[must_use]
    pub fn keep_last(count: usize) -> Self {
        Self { count, model: None, instructions: INSTRUCTIONS.into() }
    }

    /// Uses this model instead of the run's, such as a cheaper one or one with a larger context
    /// window.
    #[must_use]
    pub fn model(mut self, model: impl Model) -> Self {
        self.model = Some(Arc::new(model));
        self
    }

    /// Sets the prompt of the request. The default asks for a summary in plain text.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<Arc<str>>) -> Self {
        self.instructions = instructions.into();
        self
    }
}

#[async_trait]
impl Compactor for Summarize {
    async fn compact(
        &self,
        messages: &Messages,
        _budget: u64,
        run_model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.count, is_from_user);
        // Without this check, each turn would pay for a summary of the previous summary.
        let Some(before) = before.filter(|before| leaves_out(messages, *before)) else {
            return Ok(None);
        };
        let text = as_text(messages, position(messages, before));
        let request = Request::user(text).instructions(self.instructions.clone());
        let reply = match &self.model {
            Some(model) => run_model.ask_other(model, request).await?,
            None => run_model.ask(request).await?,
        };
        let summary = reply.text().trim().to_owned();
        if summary.is_empty() || reply.is_cut() {
            return Ok(None);
        }
        Ok(Some(Compaction::Replace { before, summary }))
    }
}

/// Returns the messages before a position as one text. Providers reject requests with calls and
/// results if the request has no tools.
fn as_text(messages: &Messages, before: usize) -> String {
    let mut text = String::new();
    for message in messages.iter().take(before) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}: {}", message.role(), message.text());
        if let Message::Assistant(message) = message {
            for call in &message.tool_calls {
                let _ = write!(text, "\n[calls {} {}]", call.name, call.arguments);
            }
        }
        text.push_str("\n\n");
    }
    text
}
