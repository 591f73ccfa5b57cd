//! The path of events from the driver of a run, and from its tool calls, to subscribers.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures_util::future::poll_fn;
use futures_util::task::AtomicWaker;

use super::run_context::RunContext;
use crate::event::{Event, SubAgentEvent};
use crate::id::CallIndex;

/// The number of queued events above which progress reports are dropped. The driver's own events
/// need no limit: it is polled only when the queue is empty, so one poll bounds them.
const MAX_QUEUED_REPORTS: usize = 256;

/// A callback that receives each event of a run, inside the run.
#[derive(Clone)]
#[doc(hidden)]
pub struct EventCallback(Arc<EventFn>);

type EventFn = dyn Fn(&RunContext, &Event) + Send + Sync;

impl EventCallback {
    /// Creates a callback.
    #[doc(hidden)]
    pub fn new(callback: impl Fn(&RunContext, &Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(callback))
    }
}

impl fmt::Debug for EventCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventCallback")
    }
}

/// The subscribers of a run's events: its stream and its callbacks. Without subscribers, no event
/// is created.
#[derive(Clone, Debug, Default)]
#[doc(hidden)]
pub struct Events {
    /// Events that the stream has not yielded yet; `None` if the run is not streamed.
    queue: Option<Arc<Queue>>,
    callbacks: Option<Arc<Callbacks>>,
    /// The run whose tool call has started this one, if that run has subscribers.
    parent: Option<Arc<Parent>>,
}

#[derive(Debug)]
struct Parent {
    events: Events,
    call: CallIndex,
    /// The name of the agent whose events these are.
    agent: Arc<str>,
}

#[derive(Debug, Default)]
struct Queue {
    events: Mutex<VecDeque<Event>>,
    waker: AtomicWaker,
}

#[derive(Debug)]
struct Callbacks {
    callbacks: Vec<EventCallback>,
    run: RunContext,
}

impl Events {
    /// Creates events for a run that is streamed.
    #[doc(hidden)]
    pub fn streamed() -> Self {
        Self { queue: Some(Arc::default()), ..Self::default() }
    }

    /// Adds the callbacks of a run.
    #[doc(hidden)]
    pub fn with_callbacks(&self, callbacks: &[EventCallback], run: &RunContext) -> Self {
        let callbacks = (!callbacks.is_empty())
            .then(|| Arc::new(Callbacks { callbacks: callbacks.to_vec(), run: run.clone() }));
        Self { queue: self.queue.clone(), callbacks, parent: self.parent.clone() }
    }

    /// Forwards the events of `agent` to the run whose `call` has started it.
    #[doc(hidden)]
    pub fn forwarded_to(&self, parent: &Self, call: CallIndex, agent: &Arc<str>) -> Self {
        let parent = parent
            .has_subscriber()
            .then(|| Arc::new(Parent { events: parent.clone(), call, agent: agent.clone() }));
        Self { parent, ..self.clone() }
    }

    /// Emits an event of the driver, which is created only if there is a subscriber. The stream
    /// reads the queue after each poll of the driver, so that it needs no waking.
    #[doc(hidden)]
    pub fn emit<E: Into<Option<Event>>>(&self, event: impl FnOnce() -> E) {
        if !self.has_subscriber() {
            return;
        }
        if let Some(event) = event().into() {
            self.deliver(event, false);
        }
    }

    /// Passes an event to all subscribers; `wake` if the stream may not be polling the driver.
    ///
    /// A sub-agent on a task of its own may be faster than the reader of the stream. Pieces of
    /// responses and reports are then dropped; all other events are kept.
    fn deliver(&self, event: Event, wake: bool) {
        if wake && is_piece(&event) && !self.has_room() {
            return;
        }
        self.notify(&event);
        if let Some(parent) = &self.parent {
            let forwarded = SubAgentEvent::new(parent.call, parent.agent.clone(), event.clone());
            // The run of a sub-agent may be on a task of its own.
            parent.events.deliver(Event::SubAgent(forwarded), true);
        }
        if let Some(queue) = &self.queue {
            queue.lock().push_back(event);
            if wake {
                queue.waker.wake();
            }
        }
    }

    /// Emits an event of a running tool call, which may be on another thread.
    #[doc(hidden)]
    pub fn report(&self, event: impl FnOnce() -> Event) {
        if !self.has_subscriber() {
            return;
        }
        if self.has_room() {
            self.deliver(event(), true);
        }
    }

    /// Returns whether a stream keeps up with the progress reports.
    fn has_room(&self) -> bool {
        let own = self.queue.as_ref().is_none_or(|queue| queue.lock().len() < MAX_QUEUED_REPORTS);
        own && self.parent.as_ref().is_none_or(|parent| parent.events.has_room())
    }

    /// Returns whether a stream or a callback receives the events.
    #[doc(hidden)]
    pub fn has_subscriber(&self) -> bool {
        self.queue.is_some() || self.callbacks.is_some() || self.parent.is_some()
    }

    /// Runs the callbacks. A panic in one of them does not affect the run.
    fn notify(&self, event: &Event) {
        let Some(callbacks) = &self.callbacks else { return };
        for EventCallback(callback) in &callbacks.callbacks {
            let result = catch_unwind(AssertUnwindSafe(|| callback(&callbacks.run, event)));
            if result.is_err() {
                tracing::error!("an event callback of the agent panicked");
            }
        }
    }

    /// Removes and returns the oldest queued event.
    #[doc(hidden)]
    pub fn next(&self) -> Option<Event> {
        self.queue.as_ref()?.lock().pop_front()
    }

    /// Suspends the driver once if events are queued, so that the stream can yield them first.
    #[doc(hidden)]
    pub async fn flush(&self) {
        let mut is_pending = self.is_queued();
        let pause = poll_fn(|context| {
            if !std::mem::take(&mut is_pending) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        pause.await;
    }

    /// Returns whether a stream has events to yield, of this run or of a parent.
    fn is_queued(&self) -> bool {
        let own = self.queue.as_ref().is_some_and(|queue| !queue.lock().is_empty());
        own || self.parent.as_ref().is_some_and(|parent| parent.events.is_queued())
    }

    /// Registers the waker to wake when a tool call emits an event.
    #[doc(hidden)]
    pub fn register(&self, waker: &Waker) {
        if let Some(queue) = &self.queue {
            queue.waker.register(waker);
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        // Every step leaves the queue consistent, so that a panic elsewhere does no harm.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether an event is a piece of something that a later event reports as a whole.
fn is_piece(event: &Event) -> bool {
    match event {
        Event::TextDelta(_)
        | Event::ReasoningDelta(_)
        | Event::RefusalDelta(_)
        | Event::ToolCallDelta(_)
        | Event::ToolProgress(_) => true,
        Event::SubAgent(inner) => is_piece(&inner.event),
        _ => false,
    }
}
