//! Checks of the identity of a store.

use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::Store;

use super::samples::user_entry;
use super::violation::{Violation, ensure, ensure_eq};

/// Checks that two handles have the same identity if they share their conversations, and different
/// ones otherwise.
///
/// # Errors
/// Returns the requirement that the store violates.
pub async fn identity(stores: [&Arc<dyn Store>; 2]) -> Result<(), Violation> {
    let [one, two] = stores;
    for store in stores {
        ensure(!store.identity().is_empty(), "`identity` is not empty")?;
        let requirement = "`identity` stays the same";
        ensure_eq(store.identity(), store.identity(), requirement)?;
    }
    let conversation = ConversationId::random();
    one.append(&conversation, 0, AppendId::random(), &[user_entry("a")]).await?;
    let is_shared = !two.load(&conversation, 0..1).await?.is_empty();
    let (first, second) = (one.identity(), two.identity());
    if is_shared {
        let requirement = "handles to the same conversations have the same `identity`";
        return ensure_eq(second, first, requirement);
    }
    let requirement = "handles to other conversations have another `identity`";
    ensure(first != second, &format!("{requirement}: both have {first:?}"))
}
