//! Revocation of the approval requests of superseded calls.

use callsign_types::approval::{ApprovalDecision, CallSite, Decision};
use callsign_types::id::AppendId;
use callsign_types::traits::store::{InboxItem, Store, StoreError};

use crate::journal::pending_call::CallState;
use crate::journal::state::State;

/// Delivers a revocation to every conversation below a superseded call, so that nothing there can
/// be approved on its own.
///
/// The call stays open until this is done: if the run is interrupted here, the next one repeats
/// it. A decision that was made first stays, because one decision counts per request.
pub(super) async fn revoke(store: &dyn Store, state: &State) -> Result<(), StoreError> {
    let superseded =
        state.pending_calls().filter(|(_, pending)| pending.due == CallState::Superseded);
    for request in superseded.flat_map(|(_, pending)| &pending.waiting) {
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        let id = AppendId::from_text(&request.fingerprint);
        for CallSite { conversation, call, .. } in std::iter::once(&leaf).chain(&request.via) {
            let answer = ApprovalDecision::Withdrawn;
            let decision = Decision::new(*call, &*request.fingerprint, answer);
            store.deliver(conversation, id, InboxItem::Decision { decision }).await?;
        }
    }
    Ok(())
}
