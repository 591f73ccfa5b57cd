//! What a tool call knows of its surroundings.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::asking::Asking;
use super::cancellation::Cancellation;
use super::ledger::{Ledger, Spent};
use super::run_context::RunContext;
use super::scope::Scope;
use super::states::States;
use crate::words::content::Content;
use crate::words::error::Error;
use crate::words::event::{Event, ModelReply, ToolProgress};
use crate::words::id::{CallNumber, ConversationId};
use crate::words::request::Request;

/// The surroundings of one tool call: who calls, the state that the agent was built with, what
/// the run was given, and a way to report and to ask back.
#[derive(Clone)]
pub struct Context {
    call: Arc<Call>,
    scope: Arc<Scope>,
}

/// What is a call's own.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) number: CallNumber,
    pub(crate) call_id: String,
    pub(crate) tool: Arc<str>,
    pub(crate) attempt: u32,
    pub(crate) cancellation: Cancellation,
    pub(crate) ledger: OnceLock<Arc<Ledger>>,
}

impl Context {
    /// The surroundings of this call.
    pub(crate) fn new(scope: Arc<Scope>, call: Call) -> Self {
        Self { call: Arc::new(call), scope }
    }

    /// Surroundings without an agent, to call a tool by hand, as tests do.
    #[must_use]
    pub fn detached(states: States) -> Self {
        Self::detached_with(states, States::default())
    }

    /// Surroundings without an agent, with state and with what a run would be given.
    #[must_use]
    pub fn detached_with(states: States, given: States) -> Self {
        let run = RunContext::new(ConversationId::from("detached"), states, given);
        let number = CallNumber(0);
        let call = Call {
            number,
            call_id: number.wire_id(),
            tool: Arc::from("detached"),
            attempt: 1,
            cancellation: Cancellation::default(),
            ledger: OnceLock::new(),
        };
        Self::new(Arc::new(Scope::detached(run)), call)
    }

    /// The conversation that the call belongs to.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        self.scope.run.conversation()
    }

    /// The id that the model knows the call by.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call.call_id
    }

    /// The call's number in its conversation.
    #[must_use]
    pub fn call_number(&self) -> CallNumber {
        self.call.number
    }

    /// The name of the tool that is called.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.call.tool
    }

    /// Which try of this call it is, counted from 1: a call that is repeatable is tried again
    /// where its run was interrupted.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.call.attempt
    }

    /// A key to hand on to services that take one, so that an effect happens once.
    ///
    /// It is the same however often this call is run, in whichever process, and no other call
    /// of any conversation has it.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.scope.key.as_str(), self.call.number.0)
    }

    /// The state of this type that the agent was built with.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.scope.run.get::<T>()
    }

    /// The value of this type that the run was given.
    #[must_use]
    pub fn given<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.scope.run.given::<T>()
    }

    /// The run that the call belongs to.
    #[must_use]
    pub fn run(&self) -> &RunContext {
        &self.scope.run
    }

    /// Tells work that the call has left to others, on another thread or in another task, that
    /// nobody waits for it any longer: the run was cancelled, or its or the call's time is over.
    #[must_use]
    pub fn cancellation(&self) -> &Cancellation {
        &self.call.cancellation
    }

    /// Tells whoever listens to the run how the call is getting on. The model hears nothing of
    /// it, and the journal keeps nothing.
    pub fn progress(&self, content: impl Into<Content>) {
        let Call { number, tool, .. } = &*self.call;
        let (number, name) = (*number, tool.clone());
        self.scope
            .events
            .report(|| Event::ToolProgress(ToolProgress { number, name, content: content.into() }));
    }

    /// Asks the run's model something of the call's own. What it costs counts for the run.
    ///
    /// # Errors
    /// As the model fails, and where the run's limit of tokens or money is used up.
    pub async fn ask(&self, request: impl Into<Request> + Send) -> Result<ModelReply, Error> {
        let Some(model) = &self.scope.model else {
            return Err(Error::configuration("a call that was made by hand has no model to ask"));
        };
        let asking = Asking::new(model.clone(), self.ledger().clone());
        asking.ask(request.into()).await
    }

    /// What this call uses, which counts for its run.
    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        self.call.ledger.get_or_init(|| Arc::new(Ledger::under(&self.scope.ledger)))
    }

    /// What this call has used by now; `None` for most calls, which use no model.
    pub(crate) fn spent(&self) -> Option<Spent> {
        self.call.ledger.get().map(|ledger| ledger.spent())
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("call", &self.call).field("run", &self.scope.run).finish()
    }
}
