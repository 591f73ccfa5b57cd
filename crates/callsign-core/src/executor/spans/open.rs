//! An open span, and how it ends.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tracing::Span;

/// The span of an operation. If it is dropped before [`end`](Self::end), the operation is recorded
/// as cancelled.
///
/// A log line shows the fields of all spans around it, so a span opens with the fields that identify
/// the operation. Its other fields are recorded when it ends, which is when it is exported.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    pub(crate) span: Span,
    ended: bool,
    details: Mutex<Vec<Details>>,
}

/// Records fields that log lines inside of the span should not show.
struct Details(Box<dyn FnOnce(&Span) + Send>);

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details")
    }
}

impl OpenSpan {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, ended: false, details: Mutex::default() }
    }

    /// Returns the span, to run the operation in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records these fields when the operation ends.
    pub(crate) fn at_end(&self, record: impl FnOnce(&Span) + Send + 'static) {
        if !self.span.is_disabled() {
            self.details().push(Details(Box::new(record)));
        }
    }

    /// Records that the operation failed, with the kind of the failure.
    pub(crate) fn fail(&self, kind: &str) {
        self.span.record("error.type", kind);
        self.span.record("otel.status_code", "ERROR");
    }

    /// Marks the operation as ended, successfully or not.
    pub(crate) fn end(&mut self) {
        self.ended = true;
        for Details(record) in std::mem::take(&mut *self.details()) {
            record(&self.span);
        }
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    fn details(&self) -> MutexGuard<'_, Vec<Details>> {
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.fail("cancelled");
            self.end();
        }
    }
}

/// Converts a count into a field: subscribers read signed numbers as numbers, others as text.
pub(crate) fn count(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Returns the serialized name of a kind: `timed_out`, or `limit_time` if it has an inner kind.
pub(crate) fn kind(kind: impl Serialize) -> String {
    match serde_json::to_value(kind) {
        Ok(Value::String(name)) => name,
        Ok(Value::Object(inner)) => {
            let names = inner.into_iter().map(|(outer, inner)| match inner {
                Value::String(inner) => format!("{outer}_{inner}"),
                _ => outer,
            });
            names.collect()
        }
        _ => "_OTHER".to_owned(),
    }
}
