//! Cancels a run from beside it.

use std::sync::Arc;

use tokio::sync::Notify;

/// Cancels a run, from wherever it was taken to. Clones cancel the same run.
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<Notify>);

impl Canceller {
    /// Cancels the run, if it is still under way: awaited, it fails with
    /// [`is_cancelled`](crate::words::error::Error::is_cancelled) then, and everything that it
    /// had finished is kept.
    pub fn cancel(&self) {
        self.0.notify_one();
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Waits until the run is to be cancelled.
    pub(super) async fn cancelled(&self) {
        self.0.notified().await;
    }
}
