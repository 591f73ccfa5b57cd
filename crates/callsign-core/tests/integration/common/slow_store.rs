//! Memory stores with the delays of a disk, and with faults.

use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_testkit::DelegatingStore;
use callsign_types::traits::store::StoreError;

/// The appends of a slow store that fail, by their number, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// The entries of this append are stored, but the append fails.
    LostAcknowledgement(u64),
    /// This append and all later ones fail, and store nothing.
    BrokenFrom(u64),
}

/// Returns a store that forwards to `memory` with the delays of a disk. It has no index.
pub fn slow_store(memory: &MemoryStore) -> DelegatingStore {
    slow_store_with(memory, None)
}

/// Returns a slow store with a fault.
pub fn faulty_store(memory: &MemoryStore, fault: AppendFault) -> DelegatingStore {
    slow_store_with(memory, Some(fault))
}

fn slow_store_with(memory: &MemoryStore, fault: Option<AppendFault>) -> DelegatingStore {
    let is_broken =
        move |number| matches!(fault, Some(AppendFault::BrokenFrom(first)) if number >= first);
    let is_lost = move |number| fault == Some(AppendFault::LostAcknowledgement(number));
    let failed = || StoreError::Failed { message: "the disk is gone".into(), source: None };
    DelegatingStore::new(memory.clone())
        .on_append(move |append| async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            if is_broken(append.number) {
                return Err(failed());
            }
            let length = append.forward().await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
            if is_lost(append.number) { Err(failed()) } else { Ok(length) }
        })
        .on_load(|load| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            load.forward().await
        })
        .deferred_appends()
        .without_index()
}
