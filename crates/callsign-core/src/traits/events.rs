//! The way of events from the driver, and from the calls that it runs, to whoever polls it.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use futures_util::future::poll_fn;
use futures_util::task::AtomicWaker;

use super::run_context::RunContext;
use crate::words::event::Event;

/// How many events may wait before reports of progress are passed over. What the driver emits
/// itself is bounded by one poll of it, because it is polled only when nothing waits.
const REPORTS: usize = 256;

/// Whoever hears of each event of a run, inside the run.
#[derive(Clone)]
pub(crate) struct Observer(Arc<Observe>);

type Observe = dyn Fn(&RunContext, &Event) + Send + Sync;

impl Observer {
    pub(crate) fn new(observe: impl Fn(&RunContext, &Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The way of a run's events to whoever listens. Where nobody does, none is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    /// Events that were not handed on yet; `None` where nobody streams the run.
    queue: Option<Arc<Queue>>,
    observed: Option<Arc<Observed>>,
}

#[derive(Debug, Default)]
struct Queue {
    events: Mutex<VecDeque<Event>>,
    listener: AtomicWaker,
}

#[derive(Debug)]
struct Observed {
    observers: Vec<Observer>,
    run: RunContext,
}

impl Events {
    pub(crate) fn audience() -> Self {
        Self { queue: Some(Arc::default()), observed: None }
    }

    /// The same way, with observers on it.
    pub(crate) fn observed_by(&self, observers: &[Observer], run: &RunContext) -> Self {
        let observed = (!observers.is_empty())
            .then(|| Arc::new(Observed { observers: observers.to_vec(), run: run.clone() }));
        Self { queue: self.queue.clone(), observed }
    }

    /// Hands on an event, or none, built only where somebody listens. The driver's own: whoever
    /// polls it looks for events afterwards.
    pub(crate) fn emit<E: Into<Option<Event>>>(&self, event: impl FnOnce() -> E) {
        if self.is_unheard() {
            return;
        }
        let Some(event) = event().into() else { return };
        self.observe(&event);
        if let Some(queue) = &self.queue {
            queue.lock().push_back(event);
        }
    }

    /// Hands on a report from wherever a call is at work, which may be another thread.
    pub(crate) fn report(&self, event: impl FnOnce() -> Event) {
        if self.is_unheard() {
            return;
        }
        let event = event();
        self.observe(&event);
        let Some(queue) = &self.queue else { return };
        let mut events = queue.lock();
        if events.len() < REPORTS {
            events.push_back(event);
            drop(events);
            queue.listener.wake();
        }
    }

    /// Whether nobody listens.
    pub(crate) fn is_unheard(&self) -> bool {
        self.queue.is_none() && self.observed.is_none()
    }

    /// Tells the observers, whose panics end at them.
    fn observe(&self, event: &Event) {
        let Some(observed) = &self.observed else { return };
        for Observer(observe) in &observed.observers {
            let told = catch_unwind(AssertUnwindSafe(|| observe(&observed.run, event)));
            if told.is_err() {
                tracing::error!("an observer of the agent panicked");
            }
        }
    }

    pub(crate) fn next(&self) -> Option<Event> {
        self.queue.as_ref()?.lock().pop_front()
    }

    /// Lets whoever polls the driver hear what waits, before the driver goes on.
    pub(crate) async fn heard(&self) {
        let mut waits = self.queue.as_ref().is_some_and(|queue| !queue.lock().is_empty());
        let pause = poll_fn(|context| {
            if !std::mem::take(&mut waits) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        pause.await;
    }

    /// Whom to wake when a report comes.
    pub(crate) fn listen(&self, waker: &Waker) {
        if let Some(queue) = &self.queue {
            queue.listener.register(waker);
        }
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
