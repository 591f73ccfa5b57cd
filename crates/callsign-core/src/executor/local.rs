//! The executor on Callsign's own journal, in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, OnceLock};

use callsign_types::error::Error;
use callsign_types::event::{Event, ToolCallEnded};
use callsign_types::id::{CallIndex, ConversationId};
use callsign_types::journal::entry::{Entry, OUTPUT_TOOL, OutputMode};
use callsign_types::message::Message;
use callsign_types::request::ToolChoice;
use callsign_types::traits::budget::Budget;
use callsign_types::traits::context::{CallContext, Context};
use callsign_types::traits::events::Events;
use callsign_types::traits::run_scope::RunScope;
use callsign_types::traits::store::{Store, inbox_entry};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::active_agent::ActiveAgent;
use super::agent_config::AgentConfig;
use super::executor::Executor;
use super::output_spec::{OutputMismatch, OutputSpec};
use super::spans;
use super::tool_errors::ToolErrors;
use super::writer::Writer;
use crate::journal::Journal;
use crate::journal::pending_call::PendingCall;
use crate::journal::step::Step;
use crate::tools::arguments::CheckedArguments;

/// Performs steps by calling the model, running tools and writing the journal.
pub(crate) struct LocalExecutor {
    /// The agent that the run started with.
    pub(crate) root: Arc<AgentConfig>,
    /// The agent that the conversation belongs to now.
    pub(crate) active: ActiveAgent,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    pub(crate) writer: Writer,
    pub(crate) events: Events,
    /// The usage of the whole run, across handoffs.
    pub(crate) budget: Arc<Budget>,
    /// The data that all calls of the run share.
    pub(crate) scope: Arc<RunScope>,
    /// How the run's output is requested and checked, if it has a schema.
    pub(crate) output: Option<Arc<OutputSpec>>,
    /// Whether the model may, must or must not call tools in the next request.
    pub(crate) tool_choice: ToolChoice,
    /// The time at which the run times out.
    pub(crate) deadline: Instant,
    /// The text of the response that is being received, in case the run ends early.
    pub(crate) partial_text: Arc<Mutex<String>>,
    /// The arguments of open calls that were checked already, so that no check is repeated.
    pub(crate) checked: BTreeMap<CallIndex, CheckedArguments>,
    /// The model's error behind an `Entry::Failed`; a journal cannot hold it.
    pub(crate) model_error: Option<Error>,
    /// The errors of calls that were not returned to the model; a journal cannot hold them.
    pub(crate) tool_errors: ToolErrors,
    /// The results of this run that have metadata.
    pub(crate) results_with_metadata: Vec<ToolCallEnded>,
    /// The calls whose start this run has announced, if it has a subscriber.
    pub(crate) announced: Mutex<BTreeSet<CallIndex>>,
    /// The span of the current turn.
    pub(crate) turn: Span,
}

impl Executor for LocalExecutor {
    async fn perform(
        &mut self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        self.unless_cancelled().await;
        self.follow_handoff(journal)?;
        if let [Step::CallModel { turn, .. }] = steps {
            if let Some(record) = self.active.unrecorded(journal, self.deadline).await? {
                // The journal must hold the tools and policies of the agent that is about to call.
                return self.commit(vec![Entry::HandedOff(record)]).await;
            }
            self.turn = spans::turn::open(*turn);
        }
        let turn = self.turn.clone();
        let performed = self.perform_steps(journal, steps).instrument(turn).await;
        // A fast store and model would otherwise leave subscribers no time to receive events.
        self.events.flush().await;
        performed
    }

    async fn wait(
        &mut self,
        journal: &Journal,
        _calls: Vec<CallIndex>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        // A decision may have arrived while other calls ran. The process does not wait for the
        // next one: a later run resumes the conversation.
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

impl LocalExecutor {
    async fn perform_steps(
        &mut self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        match steps {
            [Step::CallTool { .. }, ..] => return self.call_tools(journal, steps).await,
            [Step::AskPolicy { .. }, ..] => return self.check_policies(journal, steps).await,
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
            [Step::CheckOutput] => {
                let entries = self.check_output(journal)?;
                return self.commit(entries).await;
            }
            _ => {}
        }
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let Step::Record { entries } = step else {
                return Err(Error::configuration("these steps cannot be performed together"));
            };
            entries.iter().for_each(|entry| self.emit_recorded(journal, entry));
            outcomes.extend(self.commit(entries.clone()).await?);
        }
        Ok(outcomes)
    }

    /// Never returns if the run is cancelled. What the run awaits next would let it end as
    /// cancelled, but a fast store and model never wait.
    pub(crate) async fn unless_cancelled(&self) {
        if self.scope.cancel.is_cancelled() {
            pending::<()>().await;
        }
    }

    /// Makes the outcome of one step durable.
    pub(crate) async fn commit(&self, entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Error> {
        if !entries.is_empty() {
            self.writer.submit(&entries).wait().await?;
        }
        Ok(vec![entries])
    }

    /// Returns the context of a call.
    pub(crate) fn context(
        &self,
        index: CallIndex,
        pending: &PendingCall,
        tool: Arc<str>,
    ) -> Context {
        let end = CancellationToken::default();
        let call = CallContext {
            index,
            call_id: pending.call.id.clone(),
            tool,
            attempt: pending.attempt,
            cancellation: end.child_token(),
            end,
            budget: OnceLock::new(),
            late_delivery: OnceLock::new(),
            recorded: pending.spent.into(),
            last_progress: Mutex::default(),
        };
        Context::new(self.scope.clone(), call)
    }

    /// Switches to the agent that the conversation belongs to now.
    ///
    /// After a handoff that is a different one, once all calls of the response have results. Until
    /// then the calls run with the tools of the previous agent.
    fn follow_handoff(&mut self, journal: &Journal) -> Result<(), Error> {
        let agent = journal.state.agent();
        if agent == self.active.handed_to.as_ref() {
            return Ok(());
        }
        let (to, output) = (agent.map(|agent| &**agent), self.output.as_ref());
        let values = self.scope.run.all_context();
        self.active = ActiveAgent::find(&self.root, to, &self.conversation, values, output)?;
        self.scope = Arc::new(RunScope {
            run: self.active.run.clone(),
            model: Some(self.active.model.clone()),
            budget: self.active.budget(&self.budget),
            ..(*self.scope).clone()
        });
        self.events.emit(|| Event::HandedOff { to: self.active.config.name.clone() });
        Ok(())
    }

    async fn take_inbox(&self, from: u64) -> Result<Vec<Entry>, Error> {
        let items = (*self.store).inbox(&self.conversation, from).await?;
        Ok(inbox_entry(from, items, Some(&self.scope.key)).into_iter().collect())
    }

    /// Checks whether the newest response is the output that was requested.
    fn check_output(&self, journal: &Journal) -> Result<Vec<Entry>, Error> {
        let Some(output) = &self.output else { return Ok(Vec::new()) };
        let newest = journal.transcript.newest_reply();
        let text = match newest.and_then(|at| journal.transcript.messages().get(at)) {
            Some(Message::Assistant(message)) => &*message.text,
            _ => "",
        };
        // The output is a call's arguments in tool mode, and the text otherwise.
        let is_tool_mode = journal.state.output_mode() == Some(OutputMode::Tool);
        let reason = match output.check(journal.state.accepted().unwrap_or(text)) {
            Ok(()) => return Ok(Vec::new()),
            Err(OutputMismatch::NotJson(_)) if is_tool_mode => {
                format!("it was not given by calling `{OUTPUT_TOOL}`")
            }
            Err(mismatch) => mismatch.reason()?,
        };
        self.events.emit(|| Event::OutputRejected { reason: reason.clone() });
        Ok(vec![Entry::OutputRejected { reason }])
    }
}
