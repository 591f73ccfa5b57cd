//! The way of events from the driver to whoever polls it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::words::event::Event;

/// Events that were not handed on yet; `None` where nobody listens, so that none is built.
///
/// It holds no more than one poll of the driver makes, because the driver is polled only when it
/// is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(Option<Arc<Mutex<VecDeque<Event>>>>);

impl Events {
    pub(crate) fn audience() -> Self {
        Self(Some(Arc::default()))
    }

    /// Hands on an event, or none, built only where somebody listens.
    pub(crate) fn emit<E: Into<Option<Event>>>(&self, event: impl FnOnce() -> E) {
        if let Some(queue) = &self.0 {
            queue.lock().unwrap_or_else(PoisonError::into_inner).extend(event().into());
        }
    }

    pub(crate) fn next(&self) -> Option<Event> {
        self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
