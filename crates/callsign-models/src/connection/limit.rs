//! How many requests may be under way at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on requests, and on connections with it.
///
/// Each request has one connection at a time. They are counted apart, because a connection whose
/// reply was given up is still open for a moment when its request is over.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    requests: Arc<Semaphore>,
    connections: Arc<Semaphore>,
}

/// One request or connection of those that there may be, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Limit {
    pub(super) fn new(most: usize) -> Self {
        let semaphore = || Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { requests: semaphore(), connections: semaphore() }
    }

    /// Waits for its turn; those that came before go first.
    pub(super) async fn request(&self) -> Option<Turn> {
        turn(&self.requests).await
    }

    /// A connection more, where there may be one.
    pub(super) fn connection_now(&self) -> Option<Turn> {
        let permit = self.connections.clone().try_acquire_owned().ok();
        permit.map(|permit| Turn { _permit: permit })
    }

    /// Waits for a connection to be closed, where there are as many as there may be.
    pub(super) async fn connection(&self) -> Option<Turn> {
        turn(&self.connections).await
    }
}

async fn turn(semaphore: &Arc<Semaphore>) -> Option<Turn> {
    // It is never closed.
    semaphore.clone().acquire_owned().await.ok().map(|permit| Turn { _permit: permit })
}
