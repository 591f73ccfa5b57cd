//! [`PendingResults`]: assignment of results without an id to their calls.

use callsign_types::message::AssistantMessage;
use callsign_types::repair::Repair;

use super::history::RepairLog;

/// The ids and names of the latest assistant message's calls that have no result yet.
#[derive(Debug, Default)]
pub(super) struct PendingResults {
    open: Vec<(String, String)>,
}

impl PendingResults {
    /// Starts with the calls of `message`.
    pub(super) fn expect(&mut self, message: &AssistantMessage) {
        let calls = message.tool_calls.iter().map(|call| (call.id.clone(), call.name.clone()));
        self.open = calls.collect();
    }

    /// Clears the calls: results after another message are late.
    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Returns the call id of a result. If none is given, this is the id of the first pending call
    /// of the same tool, or else of the first pending call. A name that is not the call's is
    /// reported as dropped.
    pub(super) fn call_id(
        &mut self,
        given: String,
        name: Option<&str>,
        repairs: &mut RepairLog<'_>,
    ) -> String {
        if !given.is_empty() {
            if let Some(at) = self.open.iter().position(|(id, _)| *id == given) {
                let (_, tool) = self.open.remove(at);
                report_other_name(&tool, name, repairs);
            }
            return given;
        }
        let by_name = self.open.iter().position(|(_, tool)| Some(&**tool) == name);
        let Some(at) = by_name.or((!self.open.is_empty()).then_some(0)) else { return given };
        let (id, tool) = self.open.remove(at);
        report_other_name(&tool, name, repairs);
        if !id.is_empty() {
            repairs.add(Repair::ResultMatched { id: id.clone() });
        }
        id
    }
}

/// The name of a result only repeats that of its call. Another one is lost.
fn report_other_name(tool: &str, name: Option<&str>, repairs: &mut RepairLog<'_>) {
    if name.is_some_and(|name| !name.is_empty() && name != tool) {
        repairs.dropped_field("name");
    }
}
