//! The report as one line of JSON.

use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::flights;
use crate::measure::{Elapsed, peak_kb};

/// The result of a workload.
#[derive(Debug, Default)]
pub(crate) struct WorkloadResult {
    pub(crate) elapsed: Elapsed,
    pub(crate) resident_kb: u64,
    /// Additional fields of this workload.
    pub(crate) extra: Map<String, Value>,
    pub(crate) errors: Errors,
}

/// The errors of a workload.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    count: u64,
    first: String,
}

impl Errors {
    /// Returns the value, or counts the error.
    pub(crate) fn check<T>(&mut self, result: Result<T, String>) -> Option<T> {
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

/// Returns the report, without a line break.
pub(crate) fn line(arguments: &Arguments, result: WorkloadResult) -> String {
    let WorkloadResult { elapsed, resident_kb, extra, errors } = result;
    let mut report = json!({
        "workload": arguments.workload,
        "model": arguments.model,
        "repeat": arguments.repeat,
        "concurrency": arguments.concurrency,
        "wall_us": u64::try_from(elapsed.wall).unwrap_or(u64::MAX),
        "user_us": elapsed.user,
        "sys_us": elapsed.system,
        "cpu_us": elapsed.user + elapsed.system,
        "rss_start_kb": resident_kb,
        "rss_peak_kb": peak_kb(),
        "tool_calls": flights::calls(),
        "tool_inflight_max": flights::max_concurrent_calls(),
        "errors": errors.count,
        "first_error": errors.first,
    });
    if let Some(report) = report.as_object_mut() {
        report.extend(extra);
    }
    report.to_string()
}
