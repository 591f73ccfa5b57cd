//! Human approval: the requests of a conversation, and the decisions about them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use callsign_types::approval::{ApprovalDecision, ApprovalRequest, CallSite, Decision};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::{InboxItem, Store, inbox_entry};
use serde_json::Value;

use super::conversation::Conversation;
use crate::journal::Journal;
use crate::tools::arguments::check_recorded;

/// The interval before the second look for a decision.
const FIRST_DELAY: Duration = Duration::from_millis(50);

/// The longest interval between two looks for a decision.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// The approval requests of a conversation, and the decisions about them.
///
/// It needs the store, and neither the agent nor its model: a web service or a chat app can show
/// requests and submit decisions while the agent runs elsewhere. A decision goes to the inbox of
/// the conversation, which continues with [`Conversation::resume`].
///
/// ```
/// # use callsign_core::agent::approvals::Approvals;
/// # use callsign_types::traits::store::Store;
/// # async fn decide(store: impl Store) -> Result<(), callsign_types::error::Error> {
/// let approvals = Approvals::new(store, "order-17");
/// for request in approvals.pending().await? {
///     println!("{} {}?", request.tool, request.arguments);
///     approvals.approve(&request).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Approvals {
    store: Arc<dyn Store>,
    conversation: ConversationId,
}

/// Approvals. A decision goes to the inbox of the conversation, from any process. The conversation
/// continues with [`resume`](Conversation::resume). [`Approvals`] does the same without an agent.
impl Conversation {
    /// Returns the requests that are not decided yet. The conversation can continue once all of
    /// them are decided; empty if it does not wait.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn approvals(&self) -> Result<Vec<ApprovalRequest>, Error> {
        self.desk().pending().await
    }

    /// Approves a call with exactly the arguments that the request shows.
    ///
    /// Approving twice has the effect of approving once, as long as no run has taken the decision.
    ///
    /// # Errors
    /// Returns an error with [`is_approval_stale`](Error::is_approval_stale) if the call does not
    /// wait for this decision: another decision came first, the user sent a new message, or the
    /// call has other arguments. Returns the store's error.
    pub async fn approve(&self, request: &ApprovalRequest) -> Result<(), Error> {
        self.desk().approve(request).await
    }

    /// Approves a call with other arguments than the model's. The model receives them together
    /// with the result.
    ///
    /// # Errors
    /// Returns the errors of [`approve`](Self::approve), and a configuration error with the path of
    /// the violation if the tool does not accept the arguments. They are checked by the schema in
    /// the journal; journals of older versions have none, and then the tool checks them when it runs.
    pub async fn approve_with(
        &self,
        request: &ApprovalRequest,
        arguments: &Value,
    ) -> Result<(), Error> {
        self.desk().approve_with(request, arguments).await
    }

    /// Denies a call. The model receives the reason, which may be empty.
    ///
    /// # Errors
    /// Returns the errors of [`approve`](Self::approve).
    pub async fn deny(
        &self,
        request: &ApprovalRequest,
        reason: impl Into<String> + Send,
    ) -> Result<(), Error> {
        self.desk().deny(request, reason).await
    }

    /// Waits until a run could continue, see [`Approvals::wait_for_decision`].
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn wait_for_decision(&self) -> Result<(), Error> {
        self.desk().wait_for_decision().await
    }

    fn desk(&self) -> Approvals {
        Approvals { store: self.config.store.clone(), conversation: self.id.clone() }
    }
}

impl Approvals {
    /// Creates a handle to the approvals of a conversation in this store.
    pub fn new(store: impl Store, conversation: impl Into<ConversationId>) -> Self {
        Self { store: Arc::new(store), conversation: conversation.into() }
    }

    pub(super) fn of(store: Arc<dyn Store>, conversation: ConversationId) -> Self {
        Self { store, conversation }
    }

    /// Returns the requests that are not decided yet, see [`Conversation::approvals`].
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn pending(&self) -> Result<Vec<ApprovalRequest>, Error> {
        Ok(self.requests().await?.1)
    }

    /// Approves a call, see [`Conversation::approve`].
    ///
    /// # Errors
    /// Returns the errors of [`Conversation::approve`].
    pub async fn approve(&self, request: &ApprovalRequest) -> Result<(), Error> {
        let answer = ApprovalDecision::Approved { arguments: None };
        self.decide(request, answer).await
    }

    /// Approves a call with other arguments, see [`Conversation::approve_with`].
    ///
    /// # Errors
    /// Returns the errors of [`Conversation::approve_with`].
    pub async fn approve_with(
        &self,
        request: &ApprovalRequest,
        arguments: &Value,
    ) -> Result<(), Error> {
        // The call may be in the conversation of a sub-agent, whose journal has its tools.
        let journal = self.journal_of(&request.conversation).await?;
        let tool = journal.state.tool(&request.tool);
        if let Some(tool) = tool {
            check_recorded(tool, arguments).map_err(|reason| {
                let tool = &request.tool;
                let message =
                    format!("the tool `{tool}` does not accept these arguments: {reason}");
                Error::configuration(message)
            })?;
        }
        let answer = ApprovalDecision::Approved { arguments: Some(arguments.to_string()) };
        self.decide(request, answer).await
    }

    /// Denies a call, see [`Conversation::deny`].
    ///
    /// # Errors
    /// Returns the errors of [`Conversation::deny`].
    pub async fn deny(
        &self,
        request: &ApprovalRequest,
        reason: impl Into<String> + Send,
    ) -> Result<(), Error> {
        self.decide(request, ApprovalDecision::Denied { reason: reason.into() }).await
    }

    /// Waits until at least one request was decided that no run has taken yet, so that
    /// [`Conversation::resume`] has something to do. Returns at once if the conversation does not
    /// wait.
    ///
    /// Reads the conversation at intervals that grow from 50 ms to 1 second, because the decision
    /// may be made in another process.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn wait_for_decision(&self) -> Result<(), Error> {
        let mut delay = FIRST_DELAY;
        loop {
            let (blocking, undecided) = self.requests().await?;
            if blocking.is_empty() || undecided.len() < blocking.len() {
                return Ok(());
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    /// Returns the requests that block the conversation according to its journal, and those of them
    /// that no decision in the inbox is about.
    async fn requests(&self) -> Result<(Vec<ApprovalRequest>, Vec<ApprovalRequest>), Error> {
        let mut journal = self.journal_of(&self.conversation).await?;
        let blocking = journal.state.approvals(&self.conversation);
        if blocking.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let from = journal.state.inbox_taken();
        let items = self.store.inbox(&self.conversation, from).await?;
        let decisions = items.into_iter().filter(|item| matches!(item, InboxItem::Decision { .. }));
        let taken = inbox_entry(from, decisions.collect(), journal.state.key());
        journal.extend(taken);
        let undecided = journal.state.approvals(&self.conversation);
        Ok((blocking, undecided))
    }

    async fn journal_of(&self, conversation: &ConversationId) -> Result<Journal, Error> {
        Ok(self.store.load(conversation, 0..u64::MAX).await?.into_iter().collect())
    }

    async fn decide(
        &self,
        request: &ApprovalRequest,
        answer: ApprovalDecision,
    ) -> Result<(), Error> {
        let entries = self.store.load(&self.conversation, 0..u64::MAX).await?;
        let journal = Journal::read(&entries);
        if !journal.state.approvals(&self.conversation).contains(request) {
            return Err(stale(request, &self.stale_reason(request, &journal, &entries)));
        }
        // The call itself first, then the calls that wait for it, innermost first: a conversation
        // that resumes meanwhile finds the decision.
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        let mut is_kept = false;
        for site in std::iter::once(&leaf).chain(request.via.iter().rev()) {
            let decision = Decision::new(site.call, &*request.fingerprint, answer.clone());
            let known = (site.conversation == self.conversation).then_some(&journal);
            let kept = self.deliver_decision(&site.conversation, decision, known).await?;
            is_kept |= kept;
            if !kept && *site == leaf {
                break;
            }
        }
        if is_kept { Ok(()) } else { Err(stale(request, ALREADY_DECIDED)) }
    }

    /// Returns why this conversation does not wait for a decision about `request`.
    fn stale_reason(
        &self,
        request: &ApprovalRequest,
        journal: &Journal,
        entries: &[Entry],
    ) -> String {
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        // Of nested calls, the outermost one belongs to this conversation.
        let CallSite { conversation, call, .. } = request.via.first().unwrap_or(&leaf);
        if *conversation != self.conversation {
            return format!(
                "it is a call of conversation `{conversation}`, and this is `{}`: decide it there",
                self.conversation
            );
        }
        let result = entries.iter().find_map(|entry| match entry {
            Entry::Result { call: of, status, .. } if of == call => Some(*status),
            _ => None,
        });
        let is_waiting = || {
            let approvals = journal.state.approvals(&self.conversation);
            approvals.iter().any(|pending| pending.call == request.call)
        };
        match result {
            Some(ToolCallStatus::Superseded) => {
                "it was superseded by a new message of the user".to_owned()
            }
            Some(_) => "it was decided already, and the call has its result".to_owned(),
            None if journal.state.pending_call(*call).is_none() => {
                "there is no such call: see `approvals()`".to_owned()
            }
            None if is_waiting() => {
                "the pending call has other arguments: see `approvals()`".to_owned()
            }
            None => ALREADY_DECIDED.to_owned(),
        }
    }

    /// Delivers a decision, and returns whether the decision that counts is the same.
    ///
    /// The first decision about a request counts. Decisions share one id per request, so that the
    /// inbox keeps one of two that are delivered at once. `known` is the journal of the
    /// conversation, if it was read already.
    async fn deliver_decision(
        &self,
        conversation: &ConversationId,
        decision: Decision,
        known: Option<&Journal>,
    ) -> Result<bool, Error> {
        let store = &self.store;
        let loaded: Journal;
        let journal = match known {
            Some(journal) => journal,
            None => {
                loaded = self.journal_of(conversation).await?;
                &loaded
            }
        };
        if !journal.state.awaits(&decision) {
            return Ok(false);
        }
        let id = AppendId::from_text(&decision.fingerprint);
        let item = InboxItem::Decision { decision: decision.clone() };
        store.deliver(conversation, id, item).await?;
        let items = store.inbox(conversation, journal.state.inbox_taken()).await?;
        let first = items.into_iter().find_map(|item| match item {
            InboxItem::Decision { decision: made }
                if (made.call, &made.fingerprint) == (decision.call, &decision.fingerprint) =>
            {
                Some(made.answer)
            }
            _ => None,
        });
        Ok(first == Some(decision.answer))
    }
}

impl fmt::Debug for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approvals")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}

/// Why a decision is stale if another one came first.
const ALREADY_DECIDED: &str = "it was decided already";

fn stale(request: &ApprovalRequest, reason: &str) -> Error {
    let tool = &request.tool;
    let message = format!("no call of `{tool}` waits for this decision: {reason}");
    Error::new(ErrorKind::ApprovalStale, message)
}
