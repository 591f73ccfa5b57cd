//! How long is waited, by one timer for all the waits of an exchange.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The longest wait: clocks cannot count further on every platform.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Ends waits that take too long.
///
/// Most waits end long before their time, and setting a timer for each of them costs as much as
/// reading what has come. So the timer of an earlier wait is left as it is, and set anew once it
/// has run out, if the wait of that moment has time left.
#[derive(Debug, Default)]
pub(crate) struct Patience(Option<Pin<Box<Sleep>>>);

impl Patience {
    /// What this comes to; `None` where it takes longer than that.
    ///
    /// It is pinned by the caller, because what is handed over to a future would be in it twice.
    pub(crate) async fn within<F: Future>(
        &mut self,
        most: Duration,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output> {
        let mut until = None;
        let wait = poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let until = *until.get_or_insert_with(|| Instant::now() + most.min(A_YEAR));
            self.poll_until(until, context).map(|()| None)
        });
        wait.await
    }

    fn poll_until(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            timer.as_mut().reset(until);
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

    /// How long nothing is waited for.
    async fn waited(patience: &mut Patience, most: Duration) -> Duration {
        let began = Instant::now();
        assert!(patience.within(most, pin!(pending::<()>())).await.is_none());
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_own_time() {
        let mut patience = Patience::default();
        assert_eq!(patience.within(Duration::ZERO, pin!(async { 1 })).await, Some(1));
        for most in [5, 1, 3, 3, 10, 0] {
            let most = SECOND * most;
            // What is done in time leaves its timer behind.
            assert_eq!(patience.within(SECOND * 2, pin!(sleep(SECOND))).await, Some(()));
            let over = waited(&mut patience, most).await - most;
            assert!(over <= Duration::from_millis(1), "{most:?}: {over:?} too long");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_without_end_is_one() {
        let mut patience = Patience::default();
        assert_eq!(patience.within(Duration::MAX, pin!(sleep(SECOND * 1000))).await, Some(()));
    }
}
