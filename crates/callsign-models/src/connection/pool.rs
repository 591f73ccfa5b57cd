//! Connections that wait for the next request.

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

use super::connector::PassedOn;
use super::life::Life;

/// How long a connection may lie idle.
const LONGEST_IDLE: Duration = Duration::from_secs(90);

/// How long a connection may take until it can be used again. It takes no time but where a server
/// has answered without having read the request, and then it may be for ever.
const SETTLING: Duration = Duration::from_millis(50);

/// An open connection, and who has it may send a request on it.
pub(super) struct Live {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) origin: Arc<str>,
    pub(super) passed_on: Option<PassedOn>,
    /// Whether there was a request on it before.
    pub(super) used: bool,
    pub(super) life: Life,
}

impl Live {
    /// Whether it can be used; waits for that where it is not over yet.
    pub(super) async fn is_ready(&mut self) -> bool {
        // The timer is in a box, because it is hardly ever needed.
        self.sender.is_ready()
            || Box::pin(timeout(SETTLING, self.sender.ready()))
                .await
                .is_ok_and(|ready| ready.is_ok())
    }
}

/// Connections that lie idle, those that were left last at the end.
#[derive(Default)]
pub(super) struct Pool {
    idle: Arc<Mutex<Idle>>,
    /// Tells that one was left.
    left: Notify,
}

#[derive(Default)]
struct Idle {
    connections: Vec<(Live, Instant)>,
    /// Closes those that have lain idle for too long.
    reaper: Option<JoinHandle<()>>,
}

impl Pool {
    /// A connection to this origin: the one that was left last, because it is most likely to be
    /// still alive. Those that another runtime moves are not for this one.
    pub(super) fn take(&self, origin: &str) -> Option<Live> {
        let mut idle = lock(&self.idle);
        let now = Instant::now();
        let fits = |(live, since): &(Live, Instant)| {
            *live.origin == *origin && *since + LONGEST_IDLE > now && live.life.is_of_this_runtime()
        };
        let at = idle.connections.iter().rposition(fits)?;
        Some(idle.connections.remove(at).0)
    }

    /// Waits for one to be left.
    pub(super) fn left(&self) -> Notified<'_> {
        self.left.notified()
    }

    /// Closes those that other runtimes move.
    pub(super) fn close_foreign(&self) {
        lock(&self.idle).connections.retain(|(live, _)| live.life.is_of_this_runtime());
    }

    /// Leaves a connection for the next request.
    pub(super) fn leave(&self, mut live: Live) {
        if live.sender.is_closed() {
            return;
        }
        live.used = true;
        let mut idle = lock(&self.idle);
        idle.close_oldest();
        // One that went down with its runtime is over as well.
        if idle.reaper.as_ref().is_none_or(JoinHandle::is_finished) {
            // A reply may be dropped where there is no runtime, and its connection is closed then.
            let Ok(runtime) = Handle::try_current() else { return };
            idle.reaper = Some(runtime.spawn(reap(Arc::downgrade(&self.idle))));
        }
        idle.connections.push((live, Instant::now()));
        drop(idle);
        self.left.notify_one();
    }
}

impl Idle {
    /// Closes those whose time has come. Nobody looks at the others, which may be many.
    fn close_oldest(&mut self) {
        let now = Instant::now();
        let old = self.connections.iter().take_while(|(_, since)| *since + LONGEST_IDLE <= now);
        let old = old.count();
        self.connections.drain(..old);
    }

    /// Closes those whose time has come, and forgets those that servers have closed.
    fn close_old(&mut self) {
        let now = Instant::now();
        self.connections
            .retain(|(live, since)| !live.sender.is_closed() && *since + LONGEST_IDLE > now);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(reaper) = &lock(&self.idle).reaper {
            reaper.abort();
        }
    }
}

/// Closes connections as their time comes, until there are none.
async fn reap(idle: Weak<Mutex<Idle>>) {
    while let Some(next) = next_to_close(&idle) {
        sleep_until(next).await;
    }
}

/// Closes those whose time has come, and says when that of the next one comes.
fn next_to_close(idle: &Weak<Mutex<Idle>>) -> Option<Instant> {
    let idle = idle.upgrade()?;
    let mut idle = lock(&idle);
    idle.close_old();
    let oldest = idle.connections.first().map(|(_, since)| *since + LONGEST_IDLE);
    if oldest.is_none() {
        idle.reaper = None;
    }
    oldest
}

fn lock(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    // Nothing that runs under the lock leaves half a change behind.
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

    /// A connection to this origin, and its other end.
    async fn live(origin: &str) -> (Live, DuplexStream) {
        let (near, far) = tokio::io::duplex(1024);
        let (sender, connection) = http1::handshake(TokioIo::new(near)).await.unwrap();
        let life = Life::begin(connection, None);
        (Live { sender, origin: origin.into(), passed_on: None, used: false, life }, far)
    }

    /// Whether this side has closed it.
    async fn is_closed(far: &mut DuplexStream) -> bool {
        timeout(SECOND, far.read(&mut [0])).await.is_ok_and(|read| read.unwrap() == 0)
    }

    #[tokio::test(start_paused = true)]
    async fn what_lies_idle_for_too_long_is_closed() {
        let pool = Pool::default();
        for _ in 0..2 {
            let (first, mut far_first) = live("http://a:80").await;
            let (second, mut far_second) = live("http://b:80").await;
            pool.leave(first);
            sleep(SECOND * 60).await;
            pool.leave(second);
            sleep(SECOND * 29).await;
            assert!(!is_closed(&mut far_first).await);
            sleep(SECOND).await;
            assert!(is_closed(&mut far_first).await);
            assert!(pool.take("http://a:80").is_none());
            assert!(!is_closed(&mut far_second).await);
            // Whoever takes it in between has it for as long as it likes.
            let second = pool.take("http://b:80").unwrap();
            sleep(SECOND * 100).await;
            assert!(second.used && !is_closed(&mut far_second).await);
            pool.leave(second);
            sleep(SECOND * 91).await;
            assert!(is_closed(&mut far_second).await);
            assert!(lock(&pool.idle).reaper.is_none(), "somebody waits for nothing");
        }
    }

    #[tokio::test]
    async fn a_connection_is_for_its_origin_and_the_latest_goes_first() {
        let pool = Pool::default();
        let (mut ends, mut names) = (Vec::new(), Vec::new());
        for origin in ["http://a:80", "https://a:443", "http://a:80"] {
            let (live, far) = live(origin).await;
            names.push(live.origin.clone());
            pool.leave(live);
            ends.push(far);
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
    async fn what_is_too_old_is_not_taken_either() {
        let pool = Pool::default();
        let (first, mut far_first) = live("http://a:80").await;
        pool.leave(first);
        // As where the runtime that it is on has come to rest.
        lock(&pool.idle).reaper.as_ref().unwrap().abort();
        sleep(SECOND * 91).await;
        assert!(!is_closed(&mut far_first).await);
        assert!(pool.take("http://a:80").is_none());
        let (second, _far_second) = live("http://a:80").await;
        pool.leave(second);
        assert!(is_closed(&mut far_first).await);
        assert!(pool.take("http://a:80").is_some());
    }

    #[tokio::test]
    async fn a_pool_that_is_gone_leaves_nothing_open() {
        let pool = Pool::default();
        let (live, mut far) = live("http://a:80").await;
        pool.leave(live);
        drop(pool);
        assert!(is_closed(&mut far).await);
    }
}
