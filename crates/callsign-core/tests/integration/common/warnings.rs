//! A tracing layer that collects the warnings of a test.
#![allow(unreachable_pub, clippy::unwrap_used, reason = "test code")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tracing::subscriber::{DefaultGuard, Subscriber};
use tracing::{Event, Level};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::collected::{Fields, enable_spans_of_all_threads};

/// The fields of each warning.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

impl Warnings {
    /// Collects the warnings of this thread, until the guard is dropped.
    pub fn begin() -> (Self, DefaultGuard) {
        enable_spans_of_all_threads();
        let warnings = Self::default();
        let subscriber = tracing_subscriber::registry().with(warnings.clone());
        (warnings, tracing::subscriber::set_default(subscriber))
    }

    pub fn all(&self) -> Vec<BTreeMap<String, String>> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::WARN {
            let mut fields = Fields::default();
            event.record(&mut fields);
            self.0.lock().unwrap().push(fields.0);
        }
    }
}
