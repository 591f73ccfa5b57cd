//! The way of events from the driver, and from the calls that it runs, to whoever polls it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;

use crate::words::event::Event;

/// How many events may wait before reports of progress are passed over. What the driver emits
/// itself is bounded by one poll of it, because it is polled only when nothing waits.
const REPORTS: usize = 256;

/// Events that were not handed on yet; `None` where nobody listens, so that none is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(Option<Arc<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    events: Mutex<VecDeque<Event>>,
    listener: AtomicWaker,
}

impl Events {
    pub(crate) fn audience() -> Self {
        Self(Some(Arc::default()))
    }

    /// Hands on an event, or none, built only where somebody listens. The driver's own: whoever
    /// polls it looks for events afterwards.
    pub(crate) fn emit<E: Into<Option<Event>>>(&self, event: impl FnOnce() -> E) {
        if let Some(queue) = &self.0 {
            queue.lock().extend(event().into());
        }
    }

    /// Hands on a report from wherever a call is at work, which may be another thread.
    pub(crate) fn report(&self, event: impl FnOnce() -> Event) {
        let Some(queue) = &self.0 else { return };
        let mut events = queue.lock();
        if events.len() < REPORTS {
            events.push_back(event());
            drop(events);
            queue.listener.wake();
        }
    }

    pub(crate) fn next(&self) -> Option<Event> {
        self.0.as_ref()?.lock().pop_front()
    }

    /// Whom to wake when a report comes.
    pub(crate) fn listen(&self, waker: &Waker) {
        if let Some(queue) = &self.0 {
            queue.listener.register(waker);
        }
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
