//! How long a connection lives: for as long as somebody has it.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use super::limit::Turn;

/// The task that moves a connection's bytes. Dropping this ends it, whatever of a request is not
/// written yet: who gives a request up does not want it to arrive.
#[derive(Debug)]
pub(super) struct Life {
    task: AbortHandle,
    runtime: Id,
    turn: Held,
}

/// What of a limit the connection takes.
#[derive(Clone, Debug)]
struct Held(Arc<Mutex<Option<Turn>>>);

/// Gives it back when the task is gone, and the connection with it.
struct Until(Held);

impl Life {
    /// Has a connection be moved by the runtime in which this is called.
    pub(super) fn begin<E: std::error::Error>(
        connection: impl Future<Output = Result<(), E>> + Send + 'static,
        turn: Option<Turn>,
    ) -> Self {
        let turn = Held(Arc::new(Mutex::new(turn)));
        let until = Until(turn.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(until);
        });
        Self { task: task.abort_handle(), runtime: Handle::current().id(), turn }
    }

    /// Whether the runtime in which this is called moves it. Another one may have come to rest.
    pub(super) fn is_of_this_runtime(&self) -> bool {
        Handle::try_current().is_ok_and(|runtime| runtime.id() == self.runtime)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.task.abort();
        if !self.is_of_this_runtime() {
            // When the task learns of it is not known.
            self.turn.give_back();
        }
    }
}

impl Held {
    fn give_back(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Until {
    fn drop(&mut self) {
        self.0.give_back();
    }
}
