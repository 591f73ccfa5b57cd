//! What people are asked before a conversation can go on, and their answers.

use serde_json::Value;

use super::conversation::Conversation;
use crate::dispatch::arguments;
use crate::journal::Journal;
use crate::traits::store::InboxItem;
use crate::words::approval::{ApprovalRequest, CallSite, Decision, DecisionAnswer};
use crate::words::error::{Error, ErrorKind};
use crate::words::id::AppendId;

/// Approvals. A decision is left in the conversation's inbox, from whichever process; the
/// conversation goes on with [`resume`](Conversation::resume).
impl Conversation {
    /// What people are asked before the conversation can go on; nothing where it does not wait.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn approvals(&self) -> Result<Vec<ApprovalRequest>, Error> {
        Ok(self.journal().await?.state.approvals(&self.id))
    }

    /// Approves a call, with the very arguments that the request shows.
    ///
    /// # Errors
    /// With [`is_settled`](Error::is_settled) where nothing waits for it any longer: it was
    /// decided already, or withdrawn because the user said something else, or it is about other
    /// arguments. As the store fails.
    pub async fn approve(&self, request: &ApprovalRequest) -> Result<(), Error> {
        self.decide(request, DecisionAnswer::Approved { arguments: None }).await
    }

    /// Approves a call, to be run with these arguments in place of the model's. The model is told
    /// of them with the result.
    ///
    /// # Errors
    /// As [`approve`](Self::approve), and where the arguments are not what the tool takes.
    pub async fn approve_with(
        &self,
        request: &ApprovalRequest,
        arguments: &Value,
    ) -> Result<(), Error> {
        let text = arguments.to_string();
        let known = std::iter::once(&self.parts).chain(self.parts.team.values());
        if let Some(slot) = known.filter_map(|parts| parts.toolbox.get(&request.tool)).next()
            && request.via.is_empty()
        {
            arguments::check(slot, &text).map_err(|why| {
                let tool = &request.tool;
                Error::configuration(format!("the tool `{tool}` does not take these: {why}"))
            })?;
        }
        self.decide(request, DecisionAnswer::Approved { arguments: Some(text) }).await
    }

    /// Denies a call. The model hears the reason, which may be empty.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub async fn deny(
        &self,
        request: &ApprovalRequest,
        reason: impl Into<String> + Send,
    ) -> Result<(), Error> {
        self.decide(request, DecisionAnswer::Denied { reason: reason.into() }).await
    }

    async fn decide(&self, request: &ApprovalRequest, answer: DecisionAnswer) -> Result<(), Error> {
        if !self.approvals().await?.contains(request) {
            return Err(settled(request));
        }
        // Who decides first, decides: decisions that wait in the inbox count as made.
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        if self.is_decided(&leaf, &request.fingerprint).await? {
            return Err(settled(request));
        }
        // The call itself first, then those that wait for it, innermost first: whoever is woken
        // finds the decision.
        for site in std::iter::once(&leaf).chain(request.via.iter().rev()) {
            let decision = Decision::new(site.call, &*request.fingerprint, answer.clone());
            let item = InboxItem::Decision { decision };
            self.parts.store.deliver(&site.conversation, AppendId::random(), item).await?;
        }
        Ok(())
    }

    /// Whether a decision about this waits in the inbox already.
    async fn is_decided(&self, site: &CallSite, fingerprint: &str) -> Result<bool, Error> {
        let store = &self.parts.store;
        let entries = store.load(&site.conversation, 0..u64::MAX).await?;
        let taken = Journal::read(&entries).state.inbox_taken();
        let items = store.inbox(&site.conversation, taken).await?;
        Ok(items.iter().any(|item| match item {
            InboxItem::Decision { decision } => {
                decision.call == site.call && decision.fingerprint == fingerprint
            }
            _ => false,
        }))
    }

    pub(super) async fn journal(&self) -> Result<Journal, Error> {
        let entries = self.parts.store.load(&self.id, 0..u64::MAX).await?;
        Ok(Journal::read(&entries))
    }
}

fn settled(request: &ApprovalRequest) -> Error {
    let (tool, conversation) = (&request.tool, &request.conversation);
    let message = format!(
        "no call of `{tool}` in conversation `{conversation}` waits for this decision: it was \
         decided or withdrawn already, or has other arguments now; look at `approvals()` again"
    );
    Error::new(ErrorKind::Settled, message)
}
