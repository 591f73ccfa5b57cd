//! What the operating system knows of this process. Linux tells; elsewhere nothing is told.

use std::fs::read_to_string;
use std::time::Duration;

/// The time that the processors spent on this process by now.
pub(crate) fn processor_time() -> Option<Duration> {
    let stat = read_to_string("/proc/self/stat").ok()?;
    // The name, which is in brackets, may have spaces in it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // Linux counts in hundredths of a second here, on every machine.
    Some(Duration::from_millis(10 * ticks))
}

/// The bytes of memory that this process has of its own.
pub(crate) fn memory() -> Option<u64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}
