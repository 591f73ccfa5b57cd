//! Calls that wait for a person: what is asked, and what an answer to it does.

use super::entry::RecordedVerdict;
use super::open_call::{Due, OpenCall};
use super::state::State;
use crate::words::approval::{ApprovalRequest, CallSite, Decision, DecisionAnswer};
use crate::words::id::{CallNumber, ConversationId, JournalKey};

impl State {
    /// What people are asked before the conversation can go on, in the order of the calls.
    #[must_use]
    pub fn approvals(&self, conversation: &ConversationId) -> Vec<ApprovalRequest> {
        let mut requests = Vec::new();
        for (&number, open) in &self.open {
            match open.due {
                Due::Ask => requests.push(ApprovalRequest {
                    conversation: conversation.clone(),
                    call: number,
                    tool: open.call.name.clone(),
                    arguments: open.call.arguments.clone(),
                    reason: open.reason.clone(),
                    fingerprint: self.fingerprint(number, open),
                    via: Vec::new(),
                }),
                // While the call is run again, what is left of them can still be decided.
                Due::Wait | Due::Run => {
                    requests.extend(open.waiting.iter().cloned().map(|mut request| {
                        request.via.insert(0, CallSite::new(conversation.clone(), number));
                        request
                    }));
                }
                _ => {}
            }
        }
        requests
    }

    /// Whether this decision is about something that waits for it.
    #[must_use]
    pub fn awaits(&self, decision: &Decision) -> bool {
        self.open.get(&decision.call).is_some_and(|open| self.fits(decision, open))
    }

    fn fits(&self, decision: &Decision, open: &OpenCall) -> bool {
        let fingerprint = &decision.fingerprint;
        match open.due {
            Due::Ask => self.fingerprint(decision.call, open) == *fingerprint,
            Due::Wait | Due::Run => {
                open.waiting.iter().any(|request| request.fingerprint == *fingerprint)
            }
            _ => false,
        }
    }

    /// A person has decided. What nothing waits for changes nothing: it has come too late, or is
    /// about other arguments.
    pub(super) fn decide(&mut self, decision: &Decision) {
        if !self.awaits(decision) {
            return;
        }
        let Some(open) = self.open.get_mut(&decision.call) else { return };
        if decision.answer == DecisionAnswer::Withdrawn && open.due != Due::Run {
            open.due = Due::Withdrawn;
            return;
        }
        if matches!(open.due, Due::Wait | Due::Run) {
            // The decision itself is in the inbox of the conversation that it is about; the call
            // goes on and finds it there.
            open.waiting.retain(|request| request.fingerprint != decision.fingerprint);
            open.started &= open.due == Due::Run;
            open.due = Due::Run;
            return;
        }
        match &decision.answer {
            DecisionAnswer::Approved { arguments } => {
                open.approved = true;
                // What a person puts in place of the model's is judged as that was, and so is
                // what no policy was asked about because there was none then.
                let is_other = open.change(arguments.as_ref());
                let judge = self.run.policy && (is_other || !open.judged);
                open.due = if judge { Due::Judge } else { Due::Run };
            }
            DecisionAnswer::Denied { reason } => {
                open.due = Due::Denied;
                open.reason.clone_from(reason);
            }
            DecisionAnswer::Withdrawn => {}
        }
    }

    /// The policies have said what they think of a call.
    pub(super) fn judged(
        &mut self,
        number: CallNumber,
        verdict: &RecordedVerdict,
        arguments: Option<&String>,
    ) {
        let due = self.due_after(number, verdict, arguments.is_some());
        let Some(open) = self.open.get_mut(&number) else { return };
        if open.due != Due::Judge {
            return;
        }
        open.judged = true;
        open.due = due;
        // A person has approved other arguments than these.
        open.approved &= !open.change(arguments);
        match verdict {
            RecordedVerdict::Approved => open.approved = true,
            RecordedVerdict::Denied(reason) | RecordedVerdict::Asked(reason) => {
                open.reason.clone_from(reason);
            }
            RecordedVerdict::Allowed => {}
        }
    }

    /// What is to be done about a call once the policies have said this, with or without other
    /// arguments than it had.
    #[must_use]
    pub fn due_after(&self, call: CallNumber, verdict: &RecordedVerdict, changed: bool) -> Due {
        let Some(open) = self.open.get(&call) else { return Due::Run };
        let approved = open.approved && !changed;
        match verdict {
            RecordedVerdict::Denied(_) => Due::Denied,
            RecordedVerdict::Approved => Due::Run,
            _ if approved => Due::Run,
            RecordedVerdict::Asked(_) => Due::Ask,
            RecordedVerdict::Allowed if self.asks(&open.call.name) => Due::Ask,
            RecordedVerdict::Allowed => Due::Run,
        }
    }

    /// What is to be done about a call that was not begun, by the tools and policies of a run
    /// that goes on with it.
    pub(super) fn due_again(&self, open: &OpenCall) -> Due {
        if self.tool(&open.call.name).is_some() && self.run.policy && !open.judged {
            Due::Judge
        } else if self.asks(&open.call.name) && !open.approved {
            Due::Ask
        } else {
            Due::Run
        }
    }

    /// Whether a person has to approve each call of this tool.
    fn asks(&self, tool: &str) -> bool {
        self.tool(tool).is_some_and(|tool| tool.approval)
    }

    /// The user said something else: what waits for a person is settled by it.
    pub(super) fn withdraw(&mut self) {
        for open in self.open.values_mut() {
            if matches!(open.due, Due::Ask | Due::Wait | Due::Judge) {
                open.due = Due::Withdrawn;
            }
        }
    }

    fn fingerprint(&self, number: CallNumber, open: &OpenCall) -> String {
        let key = self.key.as_ref().map(JournalKey::as_str).unwrap_or_default();
        fingerprint(key, number, &open.call.name, &open.call.arguments)
    }
}

impl OpenCall {
    /// Takes other arguments, and says whether they are others.
    fn change(&mut self, arguments: Option<&String>) -> bool {
        let Some(arguments) = arguments.filter(|arguments| **arguments != self.call.arguments)
        else {
            return false;
        };
        self.changed = true;
        self.call.arguments.clone_from(arguments);
        true
    }
}

/// SHA-256 of what an approval binds to, each part after its length.
fn fingerprint(key: &str, number: CallNumber, tool: &str, arguments: &str) -> String {
    let mut hash = hmac_sha256::Hash::new();
    let number = number.0.to_string();
    for part in [key, &number, tool, arguments] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(digits[usize::from(nibble)]);
    hash.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use crate::words::id::CallNumber;

    #[test]
    fn a_fingerprint_is_of_all_its_parts_and_of_where_they_end() {
        let known = fingerprint("k", CallNumber(1), "t", "{}");
        assert_eq!(known.len(), 64);
        let others = [
            fingerprint("l", CallNumber(1), "t", "{}"),
            fingerprint("k", CallNumber(2), "t", "{}"),
            fingerprint("k", CallNumber(1), "u", "{}"),
            fingerprint("k", CallNumber(1), "t", "{ }"),
            fingerprint("k", CallNumber(1), "t{", "}"),
        ];
        assert!(!others.contains(&known));
        assert_eq!(known, fingerprint("k", CallNumber(1), "t", "{}"));
    }
}
