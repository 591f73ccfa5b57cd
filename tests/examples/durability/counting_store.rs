//! A store that counts commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use callsign::Store;
use callsign::testing::DelegatingStore;

/// The commits of a store.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) commits: AtomicU64,
    pub(crate) entries: AtomicU64,
    /// The size of the entries as JSON.
    pub(crate) bytes: AtomicU64,
}

/// Returns a store that forwards to `store` and counts its commits.
///
/// Every store commits in the writer task, as a store on a disk does, so that the counts of all
/// stores are comparable.
pub(crate) fn counting(store: Arc<dyn Store>, counts: Arc<Counts>) -> DelegatingStore {
    let store = DelegatingStore::new(store).on_append(move |append| {
        let sizes = append.entries.iter().map(|entry| serde_json::to_string(entry).unwrap().len());
        counts.bytes.fetch_add(sizes.sum::<usize>() as u64, Relaxed);
        counts.entries.fetch_add(append.entries.len() as u64, Relaxed);
        counts.commits.fetch_add(1, Relaxed);
        async move { append.forward().await }
    });
    store.deferred_appends()
}
