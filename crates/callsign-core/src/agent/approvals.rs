//! Human approval: the requests of a conversation, and the decisions about them.

use callsign_types::approval::{ApprovalDecision, ApprovalRequest, CallSite, Decision};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::InboxItem;
use serde_json::Value;

use super::conversation::Conversation;
use crate::journal::Journal;
use crate::tools::arguments;

/// Approvals. A decision goes to the inbox of the conversation, from any process. The conversation
/// continues with [`resume`](Conversation::resume).
impl Conversation {
    /// Returns the requests that must be decided before the conversation can continue; empty if it
    /// does not wait.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn approvals(&self) -> Result<Vec<ApprovalRequest>, Error> {
        Ok(self.journal().await?.state.approvals(&self.id))
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
        let entries = self.entries().await?;
        let journal = Journal::read(&entries);
        let answer = ApprovalDecision::Approved { arguments: None };
        self.decide(request, answer, &journal, &entries).await
    }

    /// Approves a call with other arguments than the model's. The model receives them together
    /// with the result.
    ///
    /// # Errors
    /// Returns the errors of [`approve`](Self::approve), and a configuration error if the tool does
    /// not accept the arguments.
    pub async fn approve_with(
        &self,
        request: &ApprovalRequest,
        arguments: &Value,
    ) -> Result<(), Error> {
        let text = arguments.to_string();
        let entries = self.entries().await?;
        let journal = Journal::read(&entries);
        // The tools of a sub-agent are not known here; the sub-agent checks its own arguments.
        let agent = journal.state.agent().filter(|agent| **agent != self.config.name);
        let config = agent.map_or(Some(&self.config), |agent| self.config.team.get(agent));
        if let Some(tool) = config.and_then(|config| config.tools.get(&request.tool))
            && request.via.is_empty()
        {
            arguments::check(tool, &text).map_err(|reason| {
                let tool = &request.tool;
                Error::configuration(format!(
                    "the tool `{tool}` does not accept these arguments: {reason}"
                ))
            })?;
        }
        let answer = ApprovalDecision::Approved { arguments: Some(text) };
        self.decide(request, answer, &journal, &entries).await
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
        let entries = self.entries().await?;
        let journal = Journal::read(&entries);
        let answer = ApprovalDecision::Denied { reason: reason.into() };
        self.decide(request, answer, &journal, &entries).await
    }

    async fn decide(
        &self,
        request: &ApprovalRequest,
        answer: ApprovalDecision,
        journal: &Journal,
        entries: &[Entry],
    ) -> Result<(), Error> {
        if !journal.state.approvals(&self.id).contains(request) {
            return Err(stale(request, &self.stale_reason(request, journal, entries)));
        }
        // The call itself first, then the calls that wait for it, innermost first: a conversation
        // that resumes meanwhile finds the decision.
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        let mut is_kept = false;
        for site in std::iter::once(&leaf).chain(request.via.iter().rev()) {
            let decision = Decision::new(site.call, &*request.fingerprint, answer.clone());
            let known = (site.conversation == self.id).then_some(journal);
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
        if *conversation != self.id {
            return format!(
                "it is a call of conversation `{conversation}`, and this is `{}`: decide it there",
                self.id
            );
        }
        let result = entries.iter().find_map(|entry| match entry {
            Entry::Result { call: of, status, .. } if of == call => Some(*status),
            _ => None,
        });
        let is_waiting = || {
            let approvals = journal.state.approvals(&self.id);
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
        let store = &self.config.store;
        let loaded: Journal;
        let journal = match known {
            Some(journal) => journal,
            None => {
                let entries = store.load(conversation, 0..u64::MAX).await?;
                loaded = entries.into_iter().collect();
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

    pub(super) async fn journal(&self) -> Result<Journal, Error> {
        Ok(self.entries().await?.into_iter().collect())
    }
}

/// Why a decision is stale if another one came first.
const ALREADY_DECIDED: &str = "it was decided already";

fn stale(request: &ApprovalRequest, reason: &str) -> Error {
    let tool = &request.tool;
    let message = format!("no call of `{tool}` waits for this decision: {reason}");
    Error::new(ErrorKind::ApprovalStale, message)
}
