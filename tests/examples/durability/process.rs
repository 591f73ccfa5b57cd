//! CPU time and memory of this process, on Linux only.

use std::fs::read_to_string;
use std::time::Duration;

/// Returns the CPU time of this process, or `None` if the system is not Linux.
pub(crate) fn cpu_time() -> Option<Duration> {
    let stat = read_to_string("/proc/self/stat").ok()?;
    // The name of the process, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // Linux reports these fields in units of 10 ms on every machine.
    Some(Duration::from_millis(10 * ticks))
}

/// Returns the bytes of anonymous memory of this process, or `None` if the system is not Linux.
pub(crate) fn memory() -> Option<u64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}
