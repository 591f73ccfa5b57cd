//! A run that waits for human approval, in the same form for replies and errors.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use callsign_types::approval::ApprovalRequest;
use callsign_types::error::Error;

use super::conversation::Conversation;
use crate::executor::agent_config::AgentConfig;
use crate::run::paused_at::PausedAt;
use crate::run::reply::{Reply, waiting};

/// A run that waits for human approval: the requests, and the conversation that continues it.
///
/// A run without structured output returns a [`Reply`] whose [`paused`](Reply::paused) is this. A
/// run with structured output returns an error with [`is_paused`](Error::is_paused), because there
/// is no value yet; [`Paused::of`] returns this.
///
/// ```
/// # use callsign_core::agent::agent::Agent;
/// # use callsign_core::agent::paused::Paused;
/// # use callsign_types::error::Error;
/// # async fn ask(agent: &Agent) -> Result<(), Error> {
/// let mut output = agent.run("Book the cheapest one.").output::<u32>().await;
/// while let Some(paused) = output.as_ref().err().and_then(Paused::of) {
///     println!("{paused}");
///     for request in paused.approvals() {
///         paused.conversation().approve(request).await?;
///     }
///     output = paused.conversation().resume().output().await;
/// }
/// println!("booking {}", output?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Paused {
    approvals: Vec<ApprovalRequest>,
    conversation: Conversation,
}

impl Paused {
    /// Returns the pause behind an error; `None` if the error is another one.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let partial = error.partial_run()?;
        let at: &(dyn Any + Send + Sync) = &*partial.paused_at.as_ref()?.0;
        Some(Self::new(&partial.approvals, at.downcast_ref::<PausedAt>()?))
    }

    fn new(approvals: &[ApprovalRequest], at: &PausedAt) -> Self {
        let PausedAt { config, store, conversation } = at;
        let config = AgentConfig { store: store.clone(), ..(**config).clone() };
        let conversation = Conversation::new(Arc::new(config), conversation.clone());
        Self { approvals: approvals.to_vec(), conversation }
    }

    /// Returns the calls that wait.
    #[must_use]
    pub fn approvals(&self) -> &[ApprovalRequest] {
        &self.approvals
    }

    /// Returns the conversation, to approve or deny the calls and to resume it. It keeps what was
    /// set for the run, such as its options, instructions and middleware.
    ///
    /// A conversation started with [`Agent::run`](super::agent::Agent::run) is kept in memory as
    /// long as the reply, the error or the conversation exists.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }
}

/// Writes what waits, in one line: the tools and their arguments.
impl fmt::Display for Paused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&waiting(&self.approvals))
    }
}

impl Reply {
    /// Returns the pause if calls wait for approval; `None` if the reply is an answer.
    #[must_use]
    pub fn paused(&self) -> Option<Paused> {
        Some(Paused::new(self.approvals(), self.paused_at()?))
    }

    /// Returns the conversation of a paused reply, to approve or deny its calls and to resume it;
    /// `None` if the reply is an answer. The same as that of [`paused`](Self::paused).
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::error::Error;
    /// # async fn ask(agent: &Agent) -> Result<(), Error> {
    /// let mut reply = agent.run("Book the cheapest one.").await?;
    /// while let Some(chat) = reply.conversation() {
    ///     for request in reply.approvals() {
    ///         println!("{} {}?", request.tool, request.arguments);
    ///         chat.approve(request).await?;
    ///     }
    ///     reply = chat.resume().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn conversation(&self) -> Option<Conversation> {
        self.paused().map(|paused| paused.conversation)
    }
}
