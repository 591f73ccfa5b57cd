//! An open span, and how it ends.

use serde::Serialize;
use serde_json::Value;
use tracing::Span;

/// The span of an operation. If it is dropped before [`end`](Self::end), the operation is recorded
/// as cancelled.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    pub(crate) span: Span,
    ended: bool,
}

impl OpenSpan {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, ended: false }
    }

    /// Returns the span, to run the operation in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records that the operation failed, with the kind of the failure.
    pub(crate) fn fail(&self, kind: &str) {
        self.span.record("error.type", kind);
        self.span.record("otel.status_code", "ERROR");
    }

    /// Marks the operation as ended, successfully or not.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.fail("cancelled");
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
