//! The boundary that stands on our own journal, in one process.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::active::Active;
use super::answer::{AnswerSpec, Unfit};
use super::boundary::Boundary;
use super::parts::Parts;
use super::spans;
use super::tool_errors::ToolErrors;
use super::writer::Writer;
use crate::journal::Journal;
use crate::journal::entry::{ANSWER_TOOL, AnswerFormat, Entry};
use crate::journal::open_call::OpenCall;
use crate::journal::step::Step;
use crate::traits::cancellation::Cancellation;
use crate::traits::context::{Call, Context};
use crate::traits::events::Events;
use crate::traits::ledger::Ledger;
use crate::traits::scope::Scope;
use crate::traits::store::{Store, taken};
use crate::words::error::Error;
use crate::words::event::{Event, ToolCallEnded};
use crate::words::id::{CallNumber, ConversationId};
use crate::words::message::Message;

/// Performs steps by asking the model, running the tools and writing the journal.
pub(crate) struct Embedded {
    /// The agent that the run was begun with.
    pub(super) root: Arc<Parts>,
    /// The agent that has the conversation now.
    pub(super) active: Active,
    pub(super) store: Arc<dyn Store>,
    pub(super) conversation: ConversationId,
    pub(super) writer: Writer,
    pub(super) events: Events,
    /// What the whole run uses, whichever agent has the conversation.
    pub(super) ledger: Arc<Ledger>,
    /// What all the calls share.
    pub(super) scope: Arc<Scope>,
    /// What the answer has to be like, where it has to be like anything.
    pub(super) answer: Option<Arc<AnswerSpec>>,
    /// When the run's time is over.
    pub(super) deadline: Instant,
    /// The text of the reply that is being written, for whoever has to end the run early.
    pub(super) partial_text: Arc<Mutex<String>>,
    /// The model's error behind an `Entry::Failed`, which cannot be kept in a journal.
    pub(super) model_error: Option<Error>,
    /// The errors of calls that the model was not told, likewise.
    pub(super) tool_errors: ToolErrors,
    /// The results of this run that have a part for the caller only.
    pub(super) private: Vec<ToolCallEnded>,
    /// The span of the turn that is under way.
    pub(super) turn: Span,
}

impl Boundary for Embedded {
    async fn perform(
        &mut self,
        journal: &Journal,
        steps: Vec<Step>,
    ) -> Result<Vec<Vec<Entry>>, Error> {
        self.follow(journal)?;
        if let [Step::CallModel { turn, .. }] = &steps[..] {
            if let Some(record) = self.active.unlike(journal)? {
                // The journal has to know whose tools the reply will call, and by which rules.
                return self.commit(vec![Entry::HandedOff(record)]).await;
            }
            self.turn = spans::turn::open(*turn);
        }
        let turn = self.turn.clone();
        let performed = self.perform_steps(journal, steps).instrument(turn).await;
        // A store that is quick, and a model, leave nobody the time to listen otherwise.
        self.events.heard().await;
        performed
    }

    async fn wait(
        &mut self,
        journal: &Journal,
        _calls: Vec<CallNumber>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        // A decision may have come while other calls were run. A process is not kept waiting for
        // the next one: whoever decides has the conversation go on.
        let entries = self.take_inbox(journal.state.inbox_taken()).await?;
        if entries.is_empty() {
            for request in journal.state.approvals(&self.conversation) {
                self.events.emit(|| Event::ApprovalRequested(request));
            }
            return Ok(None);
        }
        self.commit(entries.clone()).await?;
        Ok(Some(entries))
    }
}

impl Embedded {
    async fn perform_steps(
        &mut self,
        journal: &Journal,
        steps: Vec<Step>,
    ) -> Result<Vec<Vec<Entry>>, Error> {
        match &steps[..] {
            [Step::CallTool { .. }, ..] => return self.call_tools(journal, &steps).await,
            [Step::AskPolicy { .. }, ..] => return self.ask_policies(journal, &steps).await,
            [Step::CallModel { turn, answer_only, .. }] => {
                let entries = self.call_model(journal, *turn, *answer_only).await;
                return self.commit(entries).await;
            }
            [Step::TakeInbox { from }] => {
                let entries = self.take_inbox(*from).await?;
                return self.commit(entries).await;
            }
            [Step::Compact { budget }] => {
                let entries = self.compact(journal, *budget).await;
                return self.commit(entries).await;
            }
            [Step::CheckAnswer] => {
                let entries = self.check_answer(journal)?;
                return self.commit(entries).await;
            }
            _ => {}
        }
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let Step::Record { entries } = step else {
                return Err(Error::configuration("these steps cannot be performed together"));
            };
            entries.iter().for_each(|entry| self.show_settled(journal, entry));
            outcomes.extend(self.commit(entries).await?);
        }
        Ok(outcomes)
    }

    /// Makes the outcome of one step durable.
    pub(super) async fn commit(&self, entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Error> {
        if !entries.is_empty() {
            self.writer.submit(&entries).wait().await?;
        }
        Ok(vec![entries])
    }

    /// The surroundings of a call.
    pub(super) fn context(&self, number: CallNumber, open: &OpenCall, tool: Arc<str>) -> Context {
        let call = Call {
            number,
            call_id: open.call.id.clone(),
            tool,
            attempt: open.attempt,
            cancellation: Cancellation::default(),
            ledger: OnceLock::new(),
        };
        Context::new(self.scope.clone(), call)
    }

    /// Tells the audience of a call that was answered without being run.
    pub(super) fn show_settled(&self, journal: &Journal, entry: &Entry) {
        let Entry::Result { call, outcome, content, .. } = entry else { return };
        let Some(open) = journal.state.open_call(*call) else { return };
        self.events.emit(|| {
            Event::ToolResult(ToolCallEnded {
                number: *call,
                name: open.call.name.as_str().into(),
                outcome: *outcome,
                content: content.clone(),
                private: None,
                error: None,
                elapsed: Duration::ZERO,
            })
        });
    }

    /// Goes on as the agent that has the conversation now. It is another one once all the calls of
    /// the reply that handed it over have their answers: until then, its tools are what they run.
    fn follow(&mut self, journal: &Journal) -> Result<(), Error> {
        let agent = journal.state.agent();
        if agent == self.active.handed_to.as_ref() {
            return Ok(());
        }
        let (to, answer) = (agent.map(|agent| &**agent), self.answer.as_ref());
        let given = self.scope.run.all_given();
        self.active = Active::find(&self.root, to, &self.conversation, given, answer)?;
        self.scope = Arc::new(Scope {
            run: self.active.run.clone(),
            model: Some(self.active.model.clone()),
            ledger: self.active.ledger(&self.ledger),
            ..(*self.scope).clone()
        });
        self.events.emit(|| Event::HandedOff { to: self.active.parts.name.clone() });
        Ok(())
    }

    async fn take_inbox(&self, from: u64) -> Result<Vec<Entry>, Error> {
        let items = (*self.store).inbox(&self.conversation, from).await?;
        Ok(taken(from, items, Some(&self.scope.key)).into_iter().collect())
    }

    fn check_answer(&self, journal: &Journal) -> Result<Vec<Entry>, Error> {
        let Some(answer) = &self.answer else { return Ok(Vec::new()) };
        let newest = journal.transcript.newest_reply();
        let text = match newest.and_then(|at| journal.transcript.messages().get(at)) {
            Some(Message::Assistant(message)) => &*message.text,
            _ => "",
        };
        // A call gave it where the text did not.
        let reason = match answer.check(journal.state.accepted().unwrap_or(text)) {
            Ok(()) => return Ok(Vec::new()),
            Err(Unfit::NotJson(_)) if journal.state.answer_format() == Some(AnswerFormat::Tool) => {
                format!("it was not given by calling `{ANSWER_TOOL}`")
            }
            Err(unfit) => unfit.reason()?,
        };
        self.events.emit(|| Event::AnswerRejected { reason: reason.clone() });
        Ok(vec![Entry::Rejected { reason }])
    }
}
