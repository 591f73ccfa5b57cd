//! What people are asked before a conversation can go on, and their answers.

use serde_json::Value;

use super::conversation::Conversation;
use crate::dispatch::arguments;
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::traits::store::InboxItem;
use crate::words::approval::{ApprovalRequest, CallSite, Decision, DecisionAnswer};
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{AppendId, ConversationId};
use crate::words::result::CallOutcome;

/// What became of a decision that was left for a conversation.
enum Delivered {
    /// It is in the inbox now.
    Now,
    /// It was in the inbox: a decision that was interrupted on its way to those who wait for it
    /// goes the rest of the way when it is repeated.
    Before,
    /// Nothing waits for it, or another decision came first.
    Refused,
}

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
        // It is a call of the agent that has the conversation; what an agent that is a tool takes
        // is for that one to say.
        let journal = self.journal().await?;
        let agent = journal.state.agent().filter(|agent| **agent != self.parts.name);
        let parts = agent.map_or(Some(&self.parts), |agent| self.parts.team.get(agent));
        if let Some(slot) = parts.and_then(|parts| parts.toolbox.get(&request.tool))
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
        let entries = self.entries().await?;
        let journal = Journal::read(&entries);
        if !journal.state.approvals(&self.id).contains(request) {
            return Err(settled(request, &self.why_settled(request, &journal, &entries)));
        }
        // The call itself first, then those that wait for it, innermost first: whoever is woken
        // finds the decision.
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        let mut delivered = false;
        for site in std::iter::once(&leaf).chain(request.via.iter().rev()) {
            let decision = Decision::new(site.call, &*request.fingerprint, answer.clone());
            match self.deliver_decision(&site.conversation, decision).await? {
                Delivered::Now => delivered = true,
                Delivered::Before => {}
                Delivered::Refused if *site == leaf => break,
                Delivered::Refused => {}
            }
        }
        if delivered { Ok(()) } else { Err(settled(request, DECIDED)) }
    }

    /// Why this conversation does not wait for a decision about this request.
    fn why_settled(
        &self,
        request: &ApprovalRequest,
        journal: &Journal,
        entries: &[Entry],
    ) -> String {
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        // Of a call inside of others, the outermost one is in this conversation.
        let CallSite { conversation, call, .. } = request.via.first().unwrap_or(&leaf);
        if *conversation != self.id {
            return format!(
                "it is a call of conversation `{conversation}`, and this is `{}`: decide it there",
                self.id
            );
        }
        let result = entries.iter().find_map(|entry| match entry {
            Entry::Result { call: of, outcome, .. } if of == call => Some(*outcome),
            _ => None,
        });
        match result {
            Some(CallOutcome::Withdrawn) => {
                "it was withdrawn, because the user said something else".to_owned()
            }
            Some(_) => "it was decided already, and the call has its result".to_owned(),
            None if journal.state.open_call(*call).is_none() => {
                "there is no such call: look at `approvals()`".to_owned()
            }
            None if journal
                .state
                .approvals(&self.id)
                .iter()
                .any(|open| open.call == request.call) =>
            {
                "the call that waits has other arguments: look at `approvals()`".to_owned()
            }
            None => DECIDED.to_owned(),
        }
    }

    /// Leaves a decision in a conversation's inbox.
    async fn deliver_decision(
        &self,
        conversation: &ConversationId,
        decision: Decision,
    ) -> Result<Delivered, Error> {
        let store = &self.parts.store;
        let entries = store.load(conversation, 0..u64::MAX).await?;
        let state = Journal::from_iter(entries).state;
        if !state.awaits(&decision) {
            return Ok(Delivered::Refused);
        }
        // Who decides first, decides: decisions that wait in the inbox count as made.
        let items = store.inbox(conversation, state.inbox_taken()).await?;
        let made = items.iter().find_map(|item| match item {
            InboxItem::Decision { decision: made }
                if (made.call, &made.fingerprint) == (decision.call, &decision.fingerprint) =>
            {
                Some(made)
            }
            _ => None,
        });
        if let Some(made) = made {
            let same = made.answer == decision.answer;
            return Ok(if same { Delivered::Before } else { Delivered::Refused });
        }
        // Of two who decide at once, only one decision is kept: both have one id.
        let id = AppendId::of(&decision.fingerprint);
        let item = InboxItem::Decision { decision };
        let position = store.deliver(conversation, id, item.clone()).await?;
        let kept = store.inbox(conversation, position).await?;
        Ok(if kept.first() == Some(&item) { Delivered::Now } else { Delivered::Refused })
    }

    pub(super) async fn journal(&self) -> Result<Journal, Error> {
        let entries = self.parts.store.load(&self.id, 0..u64::MAX).await?;
        Ok(entries.into_iter().collect())
    }
}

/// Why a decision comes too late, where the call goes on with another one.
const DECIDED: &str = "it was decided already";

fn settled(request: &ApprovalRequest, why: &str) -> Error {
    let tool = &request.tool;
    let message = format!("no call of `{tool}` waits for this decision: {why}");
    Error::new(ErrorKind::Settled, message)
}
