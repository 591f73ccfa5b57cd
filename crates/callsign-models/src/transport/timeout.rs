//! [`ReusableTimer`]: timeouts that share one timer.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The maximum timeout: clocks on some platforms cannot represent later times.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A timer that is reused for successive timeouts.
///
/// Most waits end long before their timeout, and setting a timer for each costs as much as reading
/// the data. So the timer of an earlier wait is kept. When it fires, it is reset if the current
/// wait has time left.
#[derive(Debug, Default)]
pub(crate) struct ReusableTimer(Option<Pin<Box<Sleep>>>);

impl ReusableTimer {
    /// Waits for `work`; returns `None` if it takes longer than `limit`.
    ///
    /// The caller pins `work`: a future that is moved into this one would take up its space twice.
    pub(crate) async fn timeout<F: Future>(
        &mut self,
        limit: Duration,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output> {
        let mut deadline = None;
        let wait = poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + limit.min(MAX_TIMEOUT));
            self.poll_deadline(deadline, context).map(|()| None)
        });
        wait.await
    }

    fn poll_deadline(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns how long a wait takes that never completes.
    async fn waited(timer: &mut ReusableTimer, limit: Duration) -> Duration {
        let began = Instant::now();
        assert!(timer.timeout(limit, pin!(pending::<()>())).await.is_none());
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn every_wait_has_its_own_timeout() {
        let mut timer = ReusableTimer::default();
        assert_eq!(timer.timeout(Duration::ZERO, pin!(async { 1 })).await, Some(1));
        for limit in [5, 1, 3, 3, 10, 0] {
            let limit = SECOND * limit;
            // A wait that completes in time leaves its timer set.
            assert_eq!(timer.timeout(SECOND * 2, pin!(sleep(SECOND))).await, Some(()));
            let over = waited(&mut timer, limit).await - limit;
            assert!(over <= Duration::from_millis(1), "{limit:?}: {over:?} too long");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn maximum_duration_does_not_overflow() {
        let mut timer = ReusableTimer::default();
        assert_eq!(timer.timeout(Duration::MAX, pin!(sleep(SECOND * 1000))).await, Some(()));
    }
}
