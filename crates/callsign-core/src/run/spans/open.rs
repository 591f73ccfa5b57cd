//! A span that is open, and how it ends.

use serde::Serialize;
use serde_json::Value;
use tracing::Span;

/// The span of a work that is under way. Where it is dropped before [`end`](Self::end), the work
/// was cancelled.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    pub(super) span: Span,
    ended: bool,
}

impl OpenSpan {
    pub(super) fn new(span: Span) -> Self {
        Self { span, ended: false }
    }

    /// The span, for work to be done in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records that the work failed, and in which way.
    pub(super) fn fail(&self, kind: &str) {
        self.span.record("error.type", kind);
        self.span.record("otel.status_code", "ERROR");
    }

    /// The work has ended, well or not.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn is_ended(&self) -> bool {
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

/// A count as a field: layers read signed numbers as numbers, and make texts of others.
pub(super) fn count(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A kind's name as it is written in the journal: `timed_out`, or `limit_time` for one in another.
pub(super) fn kind(kind: impl Serialize) -> String {
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
