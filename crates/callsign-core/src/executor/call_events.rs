//! The events of tool calls.

use std::sync::{Arc, PoisonError};

use callsign_types::content::Content;
use callsign_types::event::{Event, ToolCallEnded, ToolCallStarted};
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::Entry;
use callsign_types::message::ToolCall;
use callsign_types::tool_status::ToolCallStatus;

use super::local::LocalExecutor;
use crate::journal::Journal;

impl LocalExecutor {
    /// Announces calls that start together, before the first of them runs.
    pub(super) fn announce(&self, journal: &Journal, ready: &[CallIndex]) {
        for &index in ready {
            if let Some(pending) = journal.state.pending_call(index) {
                self.announce_call(index, &pending.call);
            }
        }
    }

    /// Emits the events of a call that gets its result without running.
    pub(super) fn emit_settled(
        &self,
        index: CallIndex,
        call: &ToolCall,
        status: ToolCallStatus,
        content: &Content,
    ) {
        self.announce_call(index, call);
        self.events.emit(|| {
            let started = self.started(index, call);
            Event::ToolResult(ToolCallEnded::new(started, status, content.clone()))
        });
    }

    /// Emits the events of a result that follows from the journal.
    pub(super) fn emit_recorded(&self, journal: &Journal, entry: &Entry) {
        let Entry::Result { call, status, content, .. } = entry else { return };
        let Some(pending) = journal.state.pending_call(*call) else { return };
        self.emit_settled(*call, &pending.call, *status, content);
    }

    /// Emits the start of a call, once.
    fn announce_call(&self, index: CallIndex, call: &ToolCall) {
        if !self.events.has_subscriber() {
            return;
        }
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        if announced.insert(index) {
            drop(announced);
            self.events.emit(|| Event::ToolCall(self.started(index, call)));
        }
    }

    /// Returns the description of a call that all of its events contain.
    pub(super) fn started(&self, index: CallIndex, call: &ToolCall) -> ToolCallStarted {
        let (id, arguments) = (call.id.as_str(), call.arguments.as_str());
        ToolCallStarted::new(index, id, self.tool_name(call), arguments)
    }

    /// Returns the name of the called tool, shared with the registry if it knows the tool.
    pub(super) fn tool_name(&self, call: &ToolCall) -> Arc<str> {
        let known = self.active.tools.get(&call.name);
        known.map_or_else(|| call.name.as_str().into(), |tool| tool.spec.definition.name.clone())
    }
}
