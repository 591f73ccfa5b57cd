//! The named points at which a child can crash, and a store with points around its operations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use callsign::Store;
use callsign::testing::DelegatingStore;

/// The named points. A child counts how often it reaches each of them.
pub(crate) const POINTS: [&str; 11] = [
    "before lock",
    "after lock",
    "before load",
    "after load",
    "before append",
    "after append",
    "before the model",
    "within a response",
    "before an effect",
    "after an effect",
    "before the exit",
];

/// The environment variable that sets the crash: the point, `:`, and the count, from 1.
pub(crate) const CRASH_AT: &str = "CALLSIGN_CRASH_AT";

/// Marks that the process reached `point`, and aborts it if the crash is set here.
pub(crate) fn reach(point: &'static str) {
    static CRASH: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static COUNTS: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());
    let crash = CRASH.get_or_init(|| {
        let at = std::env::var(CRASH_AT).ok()?;
        let (point, count) = at.split_once(':').unwrap();
        Some((point.to_owned(), count.parse().unwrap()))
    });
    let Some((name, count)) = crash else { return };
    // Other threads wait for this lock while the process aborts, so they have no more effects.
    let mut counts = COUNTS.lock().unwrap();
    let reached = counts.entry(point).or_default();
    *reached += 1;
    if name == point && reached == count {
        std::process::abort();
    }
}

/// Returns a store that forwards to `store`, with points around its operations.
pub(crate) fn with_points(store: Arc<dyn Store>) -> DelegatingStore {
    DelegatingStore::new(store)
        .on_lock(|lock| async move {
            reach("before lock");
            let locked = lock.forward().await;
            reach("after lock");
            locked
        })
        .on_append(|append| async move {
            reach("before append");
            let appended = append.forward().await;
            reach("after append");
            appended
        })
        .on_load(|load| async move {
            reach("before load");
            let loaded = load.forward().await;
            reach("after load");
            loaded
        })
}
