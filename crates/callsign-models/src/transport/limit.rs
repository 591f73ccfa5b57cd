//! [`Limit`]: the maximum number of concurrent requests and connections.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on concurrent requests, and on open connections.
///
/// Each request uses one connection at a time. They are counted separately, because the connection
/// of a dropped response stays open for a moment after its request has ended.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    requests: Arc<Semaphore>,
    connections: Arc<Semaphore>,
}

/// Permission for one request or connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _permit: OwnedSemaphorePermit,
}

impl Limit {
    pub(super) fn new(limit: usize) -> Self {
        let semaphore = || Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        Self { requests: semaphore(), connections: semaphore() }
    }

    /// Waits for a permit for a request, in the order of the calls.
    pub(super) async fn request(&self) -> Option<Permit> {
        acquire(&self.requests).await
    }

    /// Returns a permit for a connection if one is free.
    pub(super) fn try_connection(&self) -> Option<Permit> {
        let permit = self.connections.clone().try_acquire_owned().ok();
        permit.map(|permit| Permit { _permit: permit })
    }

    /// Waits for a permit for a connection.
    pub(super) async fn connection(&self) -> Option<Permit> {
        acquire(&self.connections).await
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> Option<Permit> {
    // The semaphore is never closed, so this is always `Some`.
    semaphore.clone().acquire_owned().await.ok().map(|permit| Permit { _permit: permit })
}
