//! A handle that cancels a run from another task.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

/// Cancels a run from another task. Clones cancel the same run.
#[derive(Clone, Debug, Default)]
pub struct CancelHandle(Arc<CancellationToken>);

impl CancelHandle {
    /// Cancels the run if it is still active. Awaiting it then returns an error with
    /// [`is_cancelled`](callsign_types::error::Error::is_cancelled); everything that it had
    /// finished is kept.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Returns the token that cancels the run, for the contexts of its calls.
    pub(super) fn token(&self) -> CancellationToken {
        (*self.0).clone()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Waits until [`cancel`](Self::cancel) is called.
    pub(super) async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}
