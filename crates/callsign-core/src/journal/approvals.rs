//! Human approval: the requests for it, and the effect of decisions and policy verdicts.

use callsign_types::approval::{ApprovalDecision, ApprovalRequest, CallSite, Decision};
use callsign_types::id::{CallIndex, ConversationId, JournalKey};
use callsign_types::journal::entry::RecordedVerdict;

use super::pending_call::{CallState, PendingCall};
use super::state::State;

impl State {
    /// Returns the approval requests that block the conversation, in the order of the calls.
    #[must_use]
    pub fn approvals(&self, conversation: &ConversationId) -> Vec<ApprovalRequest> {
        let mut requests = Vec::new();
        for (&index, pending) in &self.pending {
            match pending.due {
                CallState::NeedsApproval => {
                    let mut request = ApprovalRequest::new(
                        conversation.clone(),
                        index,
                        &*pending.call.name,
                        &*pending.call.arguments,
                        self.fingerprint(index, pending),
                    );
                    request.reason.clone_from(&pending.reason);
                    requests.push(request);
                }
                // A sub-agent's remaining requests can be decided while its call runs again.
                CallState::AwaitingChild | CallState::Run => {
                    requests.extend(pending.waiting.iter().cloned().map(|mut request| {
                        request.via.insert(0, CallSite::new(conversation.clone(), index));
                        request
                    }));
                }
                _ => {}
            }
        }
        requests
    }

    /// Returns whether a pending call waits for this decision.
    #[must_use]
    pub fn awaits(&self, decision: &Decision) -> bool {
        self.pending.get(&decision.call).is_some_and(|pending| self.matches(decision, pending))
    }

    fn matches(&self, decision: &Decision, pending: &PendingCall) -> bool {
        let fingerprint = &decision.fingerprint;
        match pending.due {
            CallState::NeedsApproval => self.fingerprint(decision.call, pending) == *fingerprint,
            CallState::AwaitingChild | CallState::Run => {
                pending.waiting.iter().any(|request| request.fingerprint == *fingerprint)
            }
            _ => false,
        }
    }

    /// Applies a person's decision. A decision that no call waits for has no effect: it came too
    /// late, or it is about other arguments.
    pub(super) fn apply_decision(&mut self, decision: &Decision) {
        if !self.awaits(decision) {
            return;
        }
        let Some(pending) = self.pending.get_mut(&decision.call) else { return };
        if decision.answer == ApprovalDecision::Withdrawn && pending.due != CallState::Run {
            pending.due = CallState::Superseded;
            return;
        }
        if matches!(pending.due, CallState::AwaitingChild | CallState::Run) {
            // The decision itself is in the inbox of the sub-agent's conversation. The call
            // resumes and finds it there.
            pending.waiting.retain(|request| request.fingerprint != decision.fingerprint);
            pending.started &= pending.due == CallState::Run;
            pending.due = CallState::Run;
            return;
        }
        match &decision.answer {
            ApprovalDecision::Approved { arguments } => {
                pending.approved = true;
                // Policies decide about arguments that a person has edited, and about calls that
                // were recorded before the agent had policies.
                let is_edited = pending.set_arguments(arguments.as_ref());
                let needs_policy = self.run.has_policies && (is_edited || !pending.judged);
                pending.due = if needs_policy { CallState::NeedsPolicy } else { CallState::Run };
            }
            ApprovalDecision::Denied { reason } => {
                pending.due = CallState::Denied;
                pending.reason.clone_from(reason);
            }
            _ => {}
        }
    }

    /// Applies the verdict of the policies on a call.
    pub(super) fn apply_verdict(
        &mut self,
        index: CallIndex,
        verdict: &RecordedVerdict,
        arguments: Option<&String>,
    ) {
        let due = self.due_after(index, verdict, arguments.is_some());
        let Some(pending) = self.pending.get_mut(&index) else { return };
        if pending.due != CallState::NeedsPolicy {
            return;
        }
        pending.judged = true;
        pending.due = due;
        // An approval binds to the arguments that the person has seen.
        pending.approved &= !pending.set_arguments(arguments);
        match verdict {
            RecordedVerdict::Approved => pending.approved = true,
            RecordedVerdict::Denied(reason) | RecordedVerdict::Asked(reason) => {
                pending.reason.clone_from(reason);
            }
            _ => {}
        }
    }

    /// Returns the state of a call after this verdict of the policies. `changed` says whether the
    /// policies have changed its arguments.
    #[must_use]
    pub fn due_after(
        &self,
        call: CallIndex,
        verdict: &RecordedVerdict,
        changed: bool,
    ) -> CallState {
        let Some(pending) = self.pending.get(&call) else { return CallState::Run };
        let approved = pending.approved && !changed;
        match verdict {
            RecordedVerdict::Denied(_) => CallState::Denied,
            RecordedVerdict::Approved => CallState::Run,
            _ if approved => CallState::Run,
            RecordedVerdict::Asked(_) => CallState::NeedsApproval,
            RecordedVerdict::Allowed if self.requires_approval(&pending.call.name) => {
                CallState::NeedsApproval
            }
            RecordedVerdict::Allowed => CallState::Run,
            // A verdict that only a newer version knows: fail closed.
            _ => CallState::Denied,
        }
    }

    /// Returns the state of a call that has not started, by the tools and policies of the run that
    /// resumes it.
    pub(super) fn due_on_resume(&self, pending: &PendingCall) -> CallState {
        let name = &pending.call.name;
        if self.tool(name).is_some() && self.run.has_policies && !pending.judged {
            CallState::NeedsPolicy
        } else if self.requires_approval(name) && !pending.approved {
            CallState::NeedsApproval
        } else {
            CallState::Run
        }
    }

    fn requires_approval(&self, tool: &str) -> bool {
        self.tool(tool).is_some_and(|tool| tool.approval)
    }

    /// Gives up the calls that wait for a policy, a person or a sub-agent: a new message of the
    /// user replaces them.
    pub(super) fn supersede_waiting_calls(&mut self) {
        for pending in self.pending.values_mut() {
            if let CallState::NeedsPolicy | CallState::NeedsApproval | CallState::AwaitingChild =
                pending.due
            {
                pending.due = CallState::Superseded;
            }
        }
    }

    fn fingerprint(&self, index: CallIndex, pending: &PendingCall) -> String {
        let key = self.key.as_ref().map(JournalKey::as_str).unwrap_or_default();
        fingerprint(key, index, &pending.call.name, &pending.call.arguments)
    }
}

impl PendingCall {
    /// Replaces the arguments, and returns whether the new ones differ.
    fn set_arguments(&mut self, arguments: Option<&String>) -> bool {
        let Some(arguments) = arguments.filter(|arguments| **arguments != self.call.arguments)
        else {
            return false;
        };
        self.changed = true;
        self.call.arguments.clone_from(arguments);
        true
    }
}

/// Returns the SHA-256 of what an approval binds to, in hexadecimal. Each part is preceded by its
/// length, so that text cannot move from one part to the next.
fn fingerprint(key: &str, index: CallIndex, tool: &str, arguments: &str) -> String {
    let mut hash = hmac_sha256::Hash::new();
    let index = index.0.to_string();
    for part in [key, &index, tool, arguments] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(digits[usize::from(nibble)]);
    hash.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use callsign_types::id::CallIndex;

    use super::fingerprint;

    #[test]
    fn fingerprint_depends_on_every_part_and_on_their_boundaries() {
        let known = fingerprint("k", CallIndex(1), "t", "{}");
        assert_eq!(known.len(), 64);
        let others = [
            fingerprint("l", CallIndex(1), "t", "{}"),
            fingerprint("k", CallIndex(2), "t", "{}"),
            fingerprint("k", CallIndex(1), "u", "{}"),
            fingerprint("k", CallIndex(1), "t", "{ }"),
            fingerprint("k", CallIndex(1), "t{", "}"),
        ];
        assert!(!others.contains(&known));
        assert_eq!(known, fingerprint("k", CallIndex(1), "t", "{}"));
    }
}
