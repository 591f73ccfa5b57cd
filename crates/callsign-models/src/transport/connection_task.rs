//! The task that drives a connection for as long as the connection is in use.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use super::limit::Permit;

/// The task that drives a connection. Dropping it aborts the connection, even in the middle of
/// writing a request. A caller that drops a request does not want it to be sent.
#[derive(Debug)]
pub(super) struct ConnectionTask {
    task: AbortHandle,
    runtime: Id,
    permit: SharedPermit,
}

/// The permit that the connection occupies.
#[derive(Clone, Debug)]
struct SharedPermit(Arc<Mutex<Option<Permit>>>);

/// Releases the permit when the task has ended, and the connection with it.
struct ReleaseOnDrop(SharedPermit);

impl ConnectionTask {
    /// Spawns a task on the current runtime that drives `connection`.
    pub(super) fn spawn<E: std::error::Error>(
        connection: impl Future<Output = Result<(), E>> + Send + 'static,
        permit: Option<Permit>,
    ) -> Self {
        let permit = SharedPermit(Arc::new(Mutex::new(permit)));
        let release_on_drop = ReleaseOnDrop(permit.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection failed");
            }
            drop(release_on_drop);
        });
        Self { task: task.abort_handle(), runtime: Handle::current().id(), permit }
    }

    /// Returns whether the current runtime drives the connection. Another runtime may be idle or
    /// gone.
    pub(super) fn is_on_current_runtime(&self) -> bool {
        Handle::try_current().is_ok_and(|runtime| runtime.id() == self.runtime)
    }
}

impl Drop for ConnectionTask {
    fn drop(&mut self) {
        self.task.abort();
        if !self.is_on_current_runtime() {
            // The task of another runtime may notice the abort late or never.
            self.permit.release();
        }
    }
}

impl SharedPermit {
    fn release(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for ReleaseOnDrop {
    fn drop(&mut self) {
        self.0.release();
    }
}
