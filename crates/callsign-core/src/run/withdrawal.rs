//! What becomes of approvals that agents wait for which are tools, where the user says something
//! else to the one that called them.

use crate::journal::open_call::Due;
use crate::journal::state::State;
use crate::traits::store::{InboxItem, Store, StoreError};
use crate::words::approval::{CallSite, Decision, DecisionAnswer};
use crate::words::id::AppendId;

/// Has the conversations under calls that were withdrawn know that nobody is asked any longer, so
/// that nothing there can be approved by itself.
///
/// A call stays open until this is done, so that a run which is interrupted here has the next one
/// do it again. A decision that was made first stays: of each request one counts.
pub(super) async fn tell(store: &dyn Store, state: &State) -> Result<(), StoreError> {
    let withdrawn = state.open_calls().filter(|(_, open)| open.due == Due::Withdrawn);
    for request in withdrawn.flat_map(|(_, open)| &open.waiting) {
        let leaf = CallSite::new(request.conversation.clone(), request.call);
        let id = AppendId::of(&request.fingerprint);
        for CallSite { conversation, call } in std::iter::once(&leaf).chain(&request.via) {
            let answer = DecisionAnswer::Withdrawn;
            let decision = Decision::new(*call, &*request.fingerprint, answer);
            store.deliver(conversation, id, InboxItem::Decision { decision }).await?;
        }
    }
    Ok(())
}
