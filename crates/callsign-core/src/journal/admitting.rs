//! A model's reply as the journal takes it.

use std::collections::BTreeSet;

use super::entry::RecordedReply;
use super::repair::unique_id;
use super::state::State;
use crate::words::event::ModelReply;
use crate::words::id::CallNumber;

impl State {
    /// A model's reply as it is to be kept: with ids that are unique in the conversation.
    #[must_use]
    pub fn admit(&self, reply: ModelReply) -> RecordedReply {
        let ModelReply { mut message, finish_reason, usage, response_id, model, .. } = reply;
        let mut fresh = BTreeSet::new();
        let is_alone = message.tool_calls.len() == 1;
        for (call, number) in message.tool_calls.iter_mut().zip(self.next_call..) {
            let is_used = self.used_ids.contains(call.id.trim());
            if is_alone && !is_used && !call.id.is_empty() && call.id.trim() == call.id {
                break;
            }
            let given = if is_used { "" } else { &call.id };
            let mut id = unique_id(given, CallNumber(number), &mut fresh);
            while self.used_ids.contains(&id) {
                id = unique_id("", CallNumber(number), &mut fresh);
            }
            call.id = id;
        }
        let reply = RecordedReply::new(message, finish_reason);
        RecordedReply { usage, response_id, model, ..reply }
    }
}
