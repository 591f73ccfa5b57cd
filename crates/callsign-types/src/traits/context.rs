//! The context of a tool call.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::budget::{Budget, Spending};
use super::extensions::Extensions;
use super::metered_model::MeteredModel;
use super::run_context::RunContext;
use super::run_scope::RunScope;
use super::tool::ErrorVisibility;
use crate::content::Content;
use crate::error::Error;
use crate::event::{Event, ModelResponse, ToolProgress};
use crate::id::{CallIndex, ConversationId};
use crate::request::Request;

/// The context of one tool call: its identity, the agent's state, the run's context values,
/// progress reports and the run's model.
#[derive(Clone)]
pub struct Context {
    call: Arc<CallContext>,
    scope: Arc<RunScope>,
}

/// The part of a context that belongs to the call alone.
#[derive(Debug)]
#[doc(hidden)]
pub struct CallContext {
    #[doc(hidden)]
    pub index: CallIndex,
    #[doc(hidden)]
    pub call_id: String,
    #[doc(hidden)]
    pub tool: Arc<str>,
    #[doc(hidden)]
    pub attempt: u32,
    /// Cancelled when the call ends without a result.
    #[doc(hidden)]
    pub end: CancellationToken,
    /// The token for the tool: a child of `end`, so that a tool that cancels it does not end the
    /// call.
    #[doc(hidden)]
    pub cancellation: CancellationToken,
    /// Unset until the call uses a model, which few calls do.
    #[doc(hidden)]
    pub budget: OnceLock<Arc<Budget>>,
    /// How a result that arrives late is delivered; unset if it is not.
    #[doc(hidden)]
    pub late_delivery: OnceLock<LateDelivery>,
    /// When the call reported progress last.
    #[doc(hidden)]
    pub last_progress: Mutex<Option<Instant>>,
    /// What the journal records as spent by earlier attempts of the call.
    #[doc(hidden)]
    pub recorded: Spending,
}

/// How the result of a call is delivered if it arrives after the call has ended.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct LateDelivery {
    /// The visibility of an error, unless the error sets it.
    pub errors: Option<ErrorVisibility>,
    /// How many bytes of the result the model receives.
    pub max_result_bytes: u64,
}

impl Context {
    /// Creates the context of a call.
    #[doc(hidden)]
    pub fn new(scope: Arc<RunScope>, call: CallContext) -> Self {
        Self { call: Arc::new(call), scope }
    }

    /// Creates a context without an agent, to call a tool directly, for example in a test.
    #[must_use]
    pub fn detached(state: Extensions) -> Self {
        Self::detached_with(state, Extensions::default())
    }

    /// Creates a context without an agent, with state and with the context values of a run.
    #[must_use]
    pub fn detached_with(state: Extensions, context: Extensions) -> Self {
        let run = RunContext::new(ConversationId::from("detached"), state, context);
        let index = CallIndex(0);
        let call = CallContext {
            index,
            call_id: index.wire_id(),
            tool: Arc::from("detached"),
            attempt: 1,
            end: CancellationToken::default(),
            cancellation: CancellationToken::default(),
            budget: OnceLock::new(),
            late_delivery: OnceLock::new(),
            last_progress: Mutex::default(),
            recorded: Spending::default(),
        };
        Self::new(Arc::new(RunScope::detached(run)), call)
    }

    /// Returns the conversation that contains the call.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        self.scope.run.conversation()
    }

    /// Returns the id of the call that the model uses.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call.call_id
    }

    /// Returns the index of the call in its conversation.
    #[must_use]
    pub fn call_index(&self) -> CallIndex {
        self.call.index
    }

    /// Returns the name of the tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.call.tool
    }

    /// Returns the number of this attempt, counted from 1. A repeatable call has further attempts
    /// if its run was interrupted.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.call.attempt
    }

    /// Returns a key to pass to external services, so that an effect happens only once.
    ///
    /// The key is the same for all attempts of this call, in every process. No other call of any
    /// conversation has it.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.scope.key.as_str(), self.call.index.0)
    }

    /// Returns the agent's state of type `T`.
    #[must_use]
    pub fn state<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.scope.run.state::<T>()
    }

    /// Returns the run's context value of type `T`.
    #[must_use]
    pub fn context<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.scope.run.context::<T>()
    }

    /// Returns the context of the run that the call belongs to.
    #[must_use]
    pub fn run(&self) -> &RunContext {
        &self.scope.run
    }

    /// Returns a token that is cancelled when the result is not needed any more: the run was
    /// cancelled, or the run or the call timed out. Pass it to work on other threads or tasks.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.call.cancellation
    }

    /// Cancels the run that the call belongs to, as `CancelHandle::cancel` does. Awaiting the run
    /// then returns an error with [`is_cancelled`](Error::is_cancelled), and what it had finished
    /// is kept.
    ///
    /// Tools, tool middleware and policies can call it. A result that the call returns at once is
    /// kept; no other call starts. In a sub-agent it cancels the sub-agent's run. Model middleware
    /// returns an error of the kind [`Cancelled`](crate::error::ErrorKind::Cancelled) instead.
    pub fn cancel_run(&self) {
        self.scope.cancel.cancel();
    }

    /// Returns the token that is cancelled when the call ends without a result.
    #[doc(hidden)]
    #[must_use]
    pub fn end(&self) -> &CancellationToken {
        &self.call.end
    }

    /// Reports the progress of the call to subscribers of the run. Neither the model nor the
    /// journal receives it.
    ///
    /// If [`Limits::max_tool_timeout`](crate::limits::Limits::max_tool_timeout) is set, the timeout
    /// of the call begins anew.
    pub fn progress(&self, content: impl Into<Content>) {
        let CallContext { index, tool, .. } = &*self.call;
        let (index, name) = (*index, tool.clone());
        *self.call.last_progress.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now());
        self.scope
            .events
            .report(|| Event::ToolProgress(ToolProgress { index, name, content: content.into() }));
    }

    /// Returns when the call reported progress last; `None` if it has not.
    #[doc(hidden)]
    #[must_use]
    pub fn last_progress(&self) -> Option<Instant> {
        *self.call.last_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request of the call's own to the run's model and waits for the response. Its tokens
    /// and cost count for the run.
    ///
    /// # Errors
    /// Returns the same errors as [`MeteredModel::ask`], or a configuration error if the context
    /// is detached.
    pub async fn ask(&self, request: impl Into<Request> + Send) -> Result<ModelResponse, Error> {
        let Some(model) = &self.scope.model else {
            let message = "a detached call has no model: run the tool in an agent to use `ask`";
            return Err(Error::configuration(message));
        };
        let model = MeteredModel::new(model.clone(), self.budget().clone());
        model.ask(request.into()).await
    }

    /// Returns the budget of this call, which counts for its run.
    #[doc(hidden)]
    pub fn budget(&self) -> &Arc<Budget> {
        self.call.budget.get_or_init(|| Arc::new(Budget::child_of(&self.scope.budget)))
    }

    /// Returns what this call has spent so far; `None` if it has used no model.
    #[doc(hidden)]
    pub fn spent(&self) -> Option<Spending> {
        self.call.budget.get().map(|budget| budget.spent())
    }

    /// Adds what runs of this call have spent before, as far as it is not counted yet: the journal
    /// may have recorded it, and this attempt may have added it.
    #[doc(hidden)]
    pub fn add_earlier_spending(&self, earlier: Spending) {
        let mut counted = self.call.recorded;
        counted += self.spent().unwrap_or_default();
        let missing = earlier.beyond(counted);
        if !missing.is_nothing() {
            self.budget().add(missing);
        }
    }

    /// Makes a result that arrives late go to the inbox of the conversation.
    #[doc(hidden)]
    pub fn set_late_delivery(&self, delivery: LateDelivery) {
        // A call is set up once.
        let _ = self.call.late_delivery.set(delivery);
    }

    /// Returns how a late result is delivered; `None` if it is dropped.
    #[doc(hidden)]
    pub fn late_delivery(&self) -> Option<LateDelivery> {
        self.call.late_delivery.get().copied()
    }

    /// Returns the state that all calls of the run share.
    #[doc(hidden)]
    pub fn scope(&self) -> &Arc<RunScope> {
        &self.scope
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("call", &self.call).field("run", &self.scope.run).finish()
    }
}
