//! Something said to an agent, before it is run.

use std::future::IntoFuture;
use std::sync::Arc;

use serde_json::Value;

use super::instructions::IntoInstructions;
use super::output::output::Output;
use super::output::typed_answer::TypedAnswer;
use crate::run::live::Overlap;
use crate::run::opening::Beginning;
use crate::run::parts::Parts;
use crate::run::reply::Reply;
use crate::run::run::Run;
use crate::traits::context::Context;
use crate::traits::events::Events;
use crate::traits::states::States;
use crate::traits::store::Store;
use crate::words::error::Error;
use crate::words::id::ConversationId;
use crate::words::limits::Limits;
use crate::words::message::UserMessage;
use crate::words::messages::Messages;
use crate::words::request::Options;

/// Something said to an agent. Await it for the [`Reply`], or [`stream`](Self::stream) it.
#[must_use = "nothing is run until it is awaited or streamed"]
pub struct Turn {
    beginning: Beginning,
}

impl Turn {
    pub(super) fn new(
        parts: Arc<Parts>,
        store: Arc<dyn Store>,
        conversation: ConversationId,
        message: Option<UserMessage>,
    ) -> Self {
        let limits = parts.limits.clone();
        let history = Messages::new();
        let beginning = Beginning {
            parts,
            store,
            conversation,
            message,
            history,
            limits,
            given: States::default(),
            answer: None,
            overlap: Overlap::default(),
            above: None,
            ephemeral: false,
        };
        Self { beginning }
    }

    /// The same, in a store that was made for it alone.
    pub(super) fn ephemeral(mut self) -> Self {
        self.beginning.ephemeral = true;
        self
    }

    /// Puts messages before what is said, for a conversation that is empty.
    ///
    /// They are mended first so that a service takes them: a call without a result gets one that
    /// says so, a result without a call is left out, ids are made unique.
    pub fn history(mut self, messages: impl Into<Messages>) -> Self {
        self.beginning.history = messages.into();
        self
    }

    /// Sets the bounds of this run, in place of the agent's.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.beginning.limits = limits;
        self
    }

    /// Sets how the model should work in this run, in place of the agent's options.
    pub fn options(mut self, options: Options) -> Self {
        let parts = (*self.beginning.parts).clone();
        self.beginning.parts = Arc::new(Parts { options: Arc::new(options), ..parts });
        self
    }

    /// Sets the standing instructions of this run, in place of the agent's.
    pub fn instructions<Kind>(mut self, instructions: impl IntoInstructions<Kind>) -> Self {
        let parts = (*self.beginning.parts).clone();
        let instructions = instructions.into_instructions().0;
        self.beginning.parts = Arc::new(Parts { instructions, ..parts });
        self
    }

    /// Sets what to do where another run of the conversation is under way in this process; it is
    /// waited for, if nothing is said.
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.beginning.overlap = overlap;
        self
    }

    /// Gives the run a value, which tools take as `#[context] _: &T`: the tenant, the user, a
    /// transaction. It is neither kept nor shown to the model; a run that goes on is given it
    /// again. A second one of the same type replaces the first.
    pub fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.with_shared(Arc::new(value))
    }

    /// Gives the run a value that is shared with others, or known by a trait.
    pub fn with_shared<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.beginning.given = self.beginning.given.with(value);
        self
    }

    /// Runs it as a part of this call of a tool.
    ///
    /// What it uses counts for the run that the call belongs to. That run's limits of tokens,
    /// money and time bound it beside its own, and the values that run was given are given to it,
    /// but for those that it is given itself.
    pub fn within(mut self, context: &Context) -> Self {
        self.beginning.given = self.beginning.given.over(context.run().all_given());
        self.beginning.above = Some(context.clone());
        self
    }

    /// Has the answer be a value of this type, which is awaited in place of the [`Reply`].
    ///
    /// The model is asked for it by the type's JSON schema, where it takes one; else for JSON that
    /// the instructions describe; else to call a tool named `final_answer` with it. What it answers
    /// is checked against the schema, read, and checked as [`Output::check`] says. Where it is not
    /// right, the model hears why and is asked again, as often as [`Limits::answer_retries`] says.
    ///
    /// A value that is no object, such as a list or a number, is asked for as `{"value": …}`.
    ///
    /// ```no_run
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_core::words::error::Error;
    /// # async fn ask(agent: &Agent) -> Result<(), Error> {
    /// let stops: Vec<String> = agent.run("Where does the train to Porto stop?").output().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Awaited, as a run fails. With [`is_invalid_answer`](Error::is_invalid_answer) where the
    /// model did not give what was asked for; the last that it gave is the error's
    /// [`partial_text`](Error::partial_text). With [`is_paused`](Error::is_paused) where calls wait
    /// for a person's approval: [`resume`](super::conversation::Conversation::resume) the
    /// conversation then, with the same `.output()`.
    pub fn output<T: TypedAnswer>(self) -> Output<T> {
        Output::of_type(self.beginning)
    }

    /// Has the answer keep to a JSON schema that is known only at run time. All else is as in
    /// [`output`](Self::output).
    ///
    /// The name says what the answer is, such as `trip`. A schema that refuses keys which it does
    /// not name, by `"additionalProperties": false`, and requires those that it does, is enforced
    /// by services which can.
    pub fn output_schema(self, name: impl Into<String>, schema: Value) -> Output<Value> {
        Output::of_schema(self.beginning, name.into(), schema)
    }

    /// Runs it, with events.
    pub fn stream(self) -> Run {
        Run::new(self.beginning, Events::audience())
    }
}

impl IntoFuture for Turn {
    type Output = Result<Reply, Error>;
    type IntoFuture = Run;

    fn into_future(self) -> Run {
        Run::new(self.beginning, Events::default())
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("conversation", &self.beginning.conversation)
            .finish_non_exhaustive()
    }
}
