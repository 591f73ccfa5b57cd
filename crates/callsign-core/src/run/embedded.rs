//! The boundary that stands on our own journal, in one process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::boundary::Boundary;
use super::events::Events;
use super::writer::Writer;
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::journal::step::Step;
use crate::run::parts::Parts;
use crate::traits::store::{InboxItem, Store};
use crate::words::error::{BoxError, Error};
use crate::words::event::{Event, ToolCallEnded};
use crate::words::id::{CallNumber, ConversationId};

/// Performs steps by asking the model, running the tools and writing the journal.
pub(crate) struct Embedded {
    pub(super) parts: Arc<Parts>,
    pub(super) store: Arc<dyn Store>,
    pub(super) conversation: ConversationId,
    pub(super) writer: Writer,
    pub(super) events: Events,
    /// When the run's time is over.
    pub(super) deadline: Instant,
    /// The text of the reply that is being written, for whoever has to end the run early.
    pub(super) partial_text: Arc<Mutex<String>>,
    /// The model's error behind an `Entry::Failed`, which cannot be kept in a journal.
    pub(super) model_error: Option<Error>,
    /// The errors of calls that ended the run, likewise.
    pub(super) tool_errors: BTreeMap<CallNumber, BoxError>,
}

impl Boundary for Embedded {
    async fn perform(
        &mut self,
        journal: &Journal,
        steps: Vec<Step>,
    ) -> Result<Vec<Vec<Entry>>, Error> {
        match &steps[..] {
            [Step::CallTool { .. }, ..] => return self.call_tools(journal, &steps).await,
            [Step::CallModel { turn, answer_only, .. }] => {
                let entries = self.call_model(journal, *turn, *answer_only).await;
                return self.commit(entries).await;
            }
            [Step::TakeInbox { from }] => {
                let entries = self.take_inbox(*from).await?;
                return self.commit(entries).await;
            }
            _ => {}
        }
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let Step::Record(entries) = step else {
                return Err(Error::configuration("these steps cannot be performed together"));
            };
            entries.iter().for_each(|entry| self.show_settled(journal, entry));
            outcomes.extend(self.commit(entries).await?);
        }
        Ok(outcomes)
    }
}

impl Embedded {
    /// Makes the outcome of one step durable.
    pub(super) async fn commit(&self, entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Error> {
        if !entries.is_empty() {
            self.writer.submit(entries.clone()).wait().await?;
        }
        Ok(vec![entries])
    }

    /// Tells the audience of a call that was answered without being run.
    fn show_settled(&self, journal: &Journal, entry: &Entry) {
        let Entry::Result { call, outcome, content } = entry else { return };
        let Some(open) = journal.state.open_call(*call) else { return };
        self.events.emit(|| {
            Event::ToolResult(ToolCallEnded {
                number: *call,
                name: open.call.name.as_str().into(),
                outcome: *outcome,
                content: content.clone(),
                elapsed: Duration::ZERO,
            })
        });
    }

    async fn take_inbox(&self, from: u64) -> Result<Vec<Entry>, Error> {
        let items = self.store.inbox(&self.conversation, from).await?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let upto = from + items.len() as u64;
        let messages = items.into_iter().map(|InboxItem::Message { message }| message).collect();
        Ok(vec![Entry::Taken { upto, messages }])
    }
}
