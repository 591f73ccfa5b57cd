//! [`Pool`]: idle connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::connection_task::ConnectionTask;
use super::connector::ForwardProxy;
use super::stream::ReadCounter;

/// The maximum idle time of a connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The maximum wait until a connection is ready again. It is ready at once unless the server has
/// responded without reading the whole request; then it may never be.
const READY_TIMEOUT: Duration = Duration::from_millis(50);

/// An open connection. Its owner may send a request on it.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) origin: Arc<str>,
    pub(super) forward_proxy: Option<ForwardProxy>,
    /// Whether it has carried a request.
    pub(super) used: bool,
    /// The reads of its stream.
    pub(super) reads: Arc<ReadCounter>,
    pub(super) task: ConnectionTask,
}

impl Connection {
    /// Returns whether a request can be sent, waiting briefly if the last exchange has not ended.
    pub(super) async fn is_ready(&mut self) -> bool {
        // Boxed because the timer is rarely needed.
        self.sender.is_ready()
            || Box::pin(timeout(READY_TIMEOUT, self.sender.ready()))
                .await
                .is_ok_and(|ready| ready.is_ok())
    }
}

/// The pool of idle connections, the latest one last.
#[derive(Default)]
pub(super) struct Pool {
    idle: Arc<Mutex<IdleConnections>>,
    /// Notified when a connection is released.
    released: Notify,
}

#[derive(Default)]
struct IdleConnections {
    connections: Vec<(Connection, Instant)>,
    /// The task that closes connections after the idle timeout.
    reaper: Option<JoinHandle<()>>,
}

impl Pool {
    /// Takes an idle connection to `origin` that the current runtime drives. The latest one is most
    /// likely to be still open.
    pub(super) fn take(&self, origin: &str) -> Option<Connection> {
        let mut idle = lock(&self.idle);
        let now = Instant::now();
        let fits = |(connection, since): &(Connection, Instant)| {
            *connection.origin == *origin
                && *since + IDLE_TIMEOUT > now
                && connection.task.is_on_current_runtime()
        };
        let at = idle.connections.iter().rposition(fits)?;
        Some(idle.connections.remove(at).0)
    }

    /// Waits for a connection to be released.
    pub(super) fn released(&self) -> Notified<'_> {
        self.released.notified()
    }

    /// Closes the idle connections to `origin`.
    pub(super) fn close(&self, origin: &str) {
        lock(&self.idle).connections.retain(|(connection, _)| *connection.origin != *origin);
    }

    /// Closes the connections that other runtimes drive.
    pub(super) fn close_other_runtimes(&self) {
        lock(&self.idle)
            .connections
            .retain(|(connection, _)| connection.task.is_on_current_runtime());
    }

    /// Returns a connection to the pool.
    pub(super) fn release(&self, mut connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        connection.used = true;
        let mut idle = lock(&self.idle);
        idle.close_expired_prefix();
        // A task that ended with its runtime is finished as well.
        if idle.reaper.as_ref().is_none_or(JoinHandle::is_finished) {
            // A response may be dropped outside a runtime; its connection is closed then.
            let Ok(runtime) = Handle::try_current() else { return };
            idle.reaper = Some(runtime.spawn(reap(Arc::downgrade(&self.idle))));
        }
        idle.connections.push((connection, Instant::now()));
        drop(idle);
        self.released.notify_one();
    }
}

impl IdleConnections {
    /// Closes the connections at the front that are past the idle timeout, without looking at the
    /// others, which may be many.
    fn close_expired_prefix(&mut self) {
        let now = Instant::now();
        let expired = self.connections.iter().take_while(|(_, since)| *since + IDLE_TIMEOUT <= now);
        let expired = expired.count();
        self.connections.drain(..expired);
    }

    /// Closes the connections past the idle timeout, and removes those that servers have closed.
    fn close_unusable(&mut self) {
        let now = Instant::now();
        self.connections.retain(|(connection, since)| {
            !connection.sender.is_closed() && *since + IDLE_TIMEOUT > now
        });
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(reaper) = &lock(&self.idle).reaper {
            reaper.abort();
        }
    }
}

/// Closes connections when they reach the idle timeout, until the pool is empty.
async fn reap(idle: Weak<Mutex<IdleConnections>>) {
    while let Some(next) = next_to_close(&idle) {
        sleep_until(next).await;
    }
}

/// Closes the expired connections and returns when the next one expires.
fn next_to_close(idle: &Weak<Mutex<IdleConnections>>) -> Option<Instant> {
    let idle = idle.upgrade()?;
    let mut idle = lock(&idle);
    idle.close_unusable();
    let oldest = idle.connections.first().map(|(_, since)| *since + IDLE_TIMEOUT);
    if oldest.is_none() {
        idle.reaper = None;
    }
    oldest
}

fn lock(idle: &Mutex<IdleConnections>) -> MutexGuard<'_, IdleConnections> {
    // A panic under this lock leaves no partial change, so a poisoned lock is safe to use.
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, DuplexStream};
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Opens a connection to `origin`, and returns it with its other end.
    async fn connection(origin: &str) -> (Connection, DuplexStream) {
        let (local, peer) = tokio::io::duplex(1024);
        let (sender, connection) = http1::handshake(TokioIo::new(local)).await.unwrap();
        let task = ConnectionTask::spawn(connection, None);
        let (origin, reads) = (origin.into(), Arc::default());
        (Connection { sender, origin, forward_proxy: None, used: false, reads, task }, peer)
    }

    /// Returns whether the pool has closed the connection.
    async fn is_closed(peer: &mut DuplexStream) -> bool {
        timeout(SECOND, peer.read(&mut [0])).await.is_ok_and(|read| read.unwrap() == 0)
    }

    #[tokio::test(start_paused = true)]
    async fn connections_are_closed_after_the_idle_timeout() {
        let pool = Pool::default();
        for _ in 0..2 {
            let (first, mut first_peer) = connection("http://a:80").await;
            let (second, mut second_peer) = connection("http://b:80").await;
            pool.release(first);
            sleep(SECOND * 60).await;
            pool.release(second);
            sleep(SECOND * 29).await;
            assert!(!is_closed(&mut first_peer).await);
            sleep(SECOND).await;
            assert!(is_closed(&mut first_peer).await);
            assert!(pool.take("http://a:80").is_none());
            assert!(!is_closed(&mut second_peer).await);
            // A connection that is in use is not closed.
            let second = pool.take("http://b:80").unwrap();
            sleep(SECOND * 100).await;
            assert!(second.used && !is_closed(&mut second_peer).await);
            pool.release(second);
            sleep(SECOND * 91).await;
            assert!(is_closed(&mut second_peer).await);
            assert!(lock(&pool.idle).reaper.is_none(), "the task still runs");
        }
    }

    #[tokio::test]
    async fn take_returns_the_latest_connection_of_the_origin() {
        let pool = Pool::default();
        let (mut ends, mut names) = (Vec::new(), Vec::new());
        for origin in ["http://a:80", "https://a:443", "http://a:80"] {
            let (connection, peer) = connection(origin).await;
            names.push(connection.origin.clone());
            pool.release(connection);
            ends.push(peer);
        }
        assert!(pool.take("http://a:443").is_none() && pool.take("http://a").is_none());
        for left in [2, 0] {
            let taken = pool.take("http://a:80").unwrap();
            assert!(Arc::ptr_eq(&taken.origin, &names[left]));
        }
        assert!(pool.take("http://a:80").is_none());
        assert!(Arc::ptr_eq(&pool.take("https://a:443").unwrap().origin, &names[1]));
    }

    #[tokio::test(start_paused = true)]
    async fn take_skips_expired_connections() {
        let pool = Pool::default();
        let (first, mut first_peer) = connection("http://a:80").await;
        pool.release(first);
        // As if the runtime of the task had stopped.
        lock(&pool.idle).reaper.as_ref().unwrap().abort();
        sleep(SECOND * 91).await;
        assert!(!is_closed(&mut first_peer).await);
        assert!(pool.take("http://a:80").is_none());
        let (second, _second_peer) = connection("http://a:80").await;
        pool.release(second);
        assert!(is_closed(&mut first_peer).await);
        assert!(pool.take("http://a:80").is_some());
    }

    #[tokio::test]
    async fn dropping_the_pool_closes_its_connections() {
        let pool = Pool::default();
        let (connection, mut peer) = connection("http://a:80").await;
        pool.release(connection);
        drop(pool);
        assert!(is_closed(&mut peer).await);
    }
}
