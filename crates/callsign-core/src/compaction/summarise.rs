//! Has a model say in short what is left out.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;

use super::positions::newest;
use crate::journal::compact::{Compaction, leaves_out, position};
use crate::journal::told::is_said;
use crate::traits::asking::Asking;
use crate::traits::compactor::Compactor;
use crate::traits::model::Model;
use crate::words::error::Error;
use crate::words::message::Message;
use crate::words::messages::Messages;
use crate::words::request::Request;

/// What the model is asked for, unless the application says otherwise.
const INSTRUCTIONS: &str = "Summarise the conversation below, so that its assistant can go on \
                            from the summary alone. Keep names, numbers, dates, decisions, what \
                            the user wants, what was done by tools with which result, and what is \
                            still open. Write plain text, and nothing but the summary.";

/// Leaves out everything before the newest messages of the user's, and puts a summary in its
/// place, which a model writes: the run's, or another one. What it uses counts for the run, also
/// where the summary is of no use because it is empty or was cut off.
///
/// What the runtime said in the user's place does not count, and what the model has not answered
/// yet stays, see [`told`](crate::journal::told).
#[derive(Clone, Debug)]
pub struct Summarise {
    said: usize,
    model: Option<Arc<dyn Model>>,
    instructions: Arc<str>,
}

impl Summarise {
    /// Keeps so many of the newest messages of the user's, and everything that came after each;
    /// at least one.
    #[must_use]
    pub fn keep_last(said: usize) -> Self {
        Self { said, model: None, instructions: INSTRUCTIONS.into() }
    }

    /// Asks this model in place of the run's: a smaller one, or one that can read more.
    #[must_use]
    pub fn model(mut self, model: impl Model) -> Self {
        self.model = Some(Arc::new(model));
        self
    }

    /// Sets what the model is asked for.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<Arc<str>>) -> Self {
        self.instructions = instructions.into();
        self
    }
}

#[async_trait]
impl Compactor for Summarise {
    async fn compact(
        &self,
        messages: &Messages,
        _budget: u64,
        asking: &Asking,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.said, is_said);
        // A summary of what is one already, or stays, would be paid for each turn.
        let Some(before) = before.filter(|before| leaves_out(messages, *before)) else {
            return Ok(None);
        };
        let told = told(messages, position(messages, before));
        let request = Request::user(told).instructions(self.instructions.clone());
        let reply = match &self.model {
            Some(model) => asking.ask_other(model, request).await?,
            None => asking.ask(request).await?,
        };
        let summary = reply.text().trim().to_owned();
        if summary.is_empty() || reply.is_cut() {
            return Ok(None);
        }
        Ok(Some(Compaction::Replace { before, summary }))
    }
}

/// The messages before a position, as one text: calls and results would need their tools.
fn told(messages: &Messages, before: usize) -> String {
    let mut told = String::new();
    for message in messages.iter().take(before) {
        // Writing to a string cannot fail.
        let _ = write!(told, "{}: {}", message.role(), message.text());
        if let Message::Assistant(message) = message {
            for call in &message.tool_calls {
                let _ = write!(told, "\n[calls {} {}]", call.name, call.arguments);
            }
        }
        told.push_str("\n\n");
    }
    told
}
