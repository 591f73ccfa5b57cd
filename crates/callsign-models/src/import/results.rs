//! Which call a result belongs to that does not say so.

use callsign_core::words::message::AssistantMessage;

use super::history::Notes;
use super::report::RepairKind;

/// The calls of the newest message of the model that have no result yet: ids and names.
#[derive(Debug, Default)]
pub(super) struct Results {
    open: Vec<(String, String)>,
}

impl Results {
    /// The model spoke.
    pub(super) fn called(&mut self, message: &AssistantMessage) {
        let calls = message.tool_calls.iter().map(|call| (call.id.clone(), call.name.clone()));
        self.open = calls.collect();
    }

    /// Somebody else spoke: results that come now are late.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    /// The id of the call that a result belongs to: the one that it names; else that of the first
    /// open call of the tool that it names, or of the first open call at all.
    pub(super) fn answered(
        &mut self,
        given: String,
        name: Option<&str>,
        notes: &mut Notes<'_>,
    ) -> String {
        if !given.is_empty() {
            if let Some(at) = self.open.iter().position(|(id, _)| *id == given) {
                self.open.remove(at);
            }
            return given;
        }
        let by_name = self.open.iter().position(|(_, called)| Some(&**called) == name);
        let Some(at) = by_name.or((!self.open.is_empty()).then_some(0)) else { return given };
        let (id, _) = self.open.remove(at);
        if !id.is_empty() {
            notes.add(RepairKind::ResultMatched { id: id.clone() });
        }
        id
    }
}
