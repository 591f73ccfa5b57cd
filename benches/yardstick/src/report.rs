//! The line of JSON that is printed.

use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::flights;
use crate::measure::{Spent, peak_kb};

/// What came of a workload.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) spent: Spent,
    pub(crate) resident_kb: u64,
    /// What this workload counts beside the others.
    pub(crate) own: Map<String, Value>,
    pub(crate) errors: Errors,
}

/// What went wrong.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    count: u64,
    first: String,
}

impl Errors {
    /// Counts a failure.
    pub(crate) fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result
            .map_err(|error| {
                self.count += 1;
                if self.first.is_empty() {
                    self.first = error;
                }
            })
            .ok()
    }
}

/// The line, without a line break.
pub(crate) fn line(arguments: &Arguments, outcome: Outcome) -> String {
    let Outcome { spent, resident_kb, own, errors } = outcome;
    let mut report = json!({
        "workload": arguments.workload,
        "model": arguments.model,
        "repeat": arguments.repeat,
        "concurrency": arguments.concurrency,
        "wall_us": u64::try_from(spent.wall).unwrap_or(u64::MAX),
        "user_us": spent.user,
        "sys_us": spent.system,
        "cpu_us": spent.user + spent.system,
        "rss_start_kb": resident_kb,
        "rss_peak_kb": peak_kb(),
        "tool_calls": flights::calls(),
        "tool_inflight_max": flights::most_at_once(),
        "errors": errors.count,
        "first_error": errors.first,
    });
    if let Some(report) = report.as_object_mut() {
        report.extend(own);
    }
    report.to_string()
}
