//! One call of the model.

use std::sync::PoisonError;

use futures_util::StreamExt;
use tokio::time::timeout_at;

use super::embedded::Embedded;
use crate::dispatch::schedule::first_starts;
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::traits::model::Fold;
use crate::words::error::Error;
use crate::words::event::{Event, ModelEvent, ModelReply};
use crate::words::request::{Request, ToolChoice};

impl Embedded {
    /// Asks the model, and answers what the journal gets to know of it.
    pub(super) async fn call_model(
        &mut self,
        journal: &Journal,
        turn: u32,
        answer_only: bool,
    ) -> Vec<Entry> {
        self.events.emit(|| Event::TurnStarted { turn });
        let request = self.request(journal, answer_only);
        let asked = timeout_at(self.deadline, self.ask(request)).await;
        let partial_text =
            std::mem::take(&mut *self.partial_text.lock().unwrap_or_else(PoisonError::into_inner));
        let reply = match asked {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                let (kind, message) = (error.kind(), error.to_string());
                self.model_error = Some(error);
                return vec![Entry::Failed { kind, message, partial_text }];
            }
            Err(_) => return vec![Entry::OutOfTime { partial_text }],
        };
        let reply = journal.state.admit(reply);
        let usage = reply.usage;
        let finish_reason = reply.finish_reason.clone();
        self.events.emit(|| Event::TurnEnded { finish_reason, usage });
        let starts = first_starts(&journal.state, &reply);
        let starts = starts.into_iter().map(|call| Entry::Started { call });
        std::iter::once(Entry::Assistant(reply.clone())).chain(starts).collect()
    }

    fn request(&self, journal: &Journal, answer_only: bool) -> Request {
        Request {
            instructions: journal.state.instructions().cloned(),
            messages: journal.transcript.messages().clone(),
            tools: self.parts.toolbox.definitions().clone(),
            tool_choice: if answer_only { ToolChoice::None } else { ToolChoice::Unset },
            options: self.parts.options.clone(),
            ..Request::default()
        }
    }

    async fn ask(&self, request: Request) -> Result<ModelReply, Error> {
        let mut stream = self.parts.model.stream(request);
        let mut fold = Fold::default();
        while let Some(event) = stream.next().await {
            let event = event?;
            self.show(&event);
            if let Some(finished) = fold.take(event) {
                return Ok(fold.finish(finished));
            }
        }
        Err(fold.cut_off())
    }

    fn show(&self, event: &ModelEvent) {
        if let ModelEvent::TextDelta(text) = event {
            self.partial_text.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        }
        let shown = || match event.clone() {
            ModelEvent::TextDelta(text) => Some(Event::TextDelta(text)),
            ModelEvent::ReasoningDelta(text) => Some(Event::ReasoningDelta(text)),
            ModelEvent::RefusalDelta(text) => Some(Event::RefusalDelta(text)),
            ModelEvent::ToolCallDelta(delta) => Some(Event::ToolCallDelta(delta)),
            ModelEvent::Retrying(retrying) => Some(Event::Retrying(retrying)),
            ModelEvent::ToolCall(_) | ModelEvent::Finished(_) => None,
        };
        self.events.emit(shown);
    }
}
