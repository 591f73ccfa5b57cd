//! Time and memory of this process, as the system counts them.

use std::fs;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The time used by the process until `at`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeUsed {
    at: Instant,
    user_us: i64,
    system_us: i64,
}

/// A difference of two [`TimeUsed`], in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elapsed {
    pub(crate) wall: u128,
    pub(crate) user: i64,
    pub(crate) system: i64,
}

impl TimeUsed {
    /// Returns the time used so far.
    pub(crate) fn now() -> Self {
        let (user_us, system_us) = getrusage(UsageWho::RUSAGE_SELF).map_or((0, 0), |usage| {
            (usage.user_time().num_microseconds(), usage.system_time().num_microseconds())
        });
        Self { at: Instant::now(), user_us, system_us }
    }

    /// Returns the time used since `self`.
    pub(crate) fn elapsed(self) -> Elapsed {
        let now = Self::now();
        Elapsed {
            wall: (now.at - self.at).as_micros(),
            user: now.user_us - self.user_us,
            system: now.system_us - self.system_us,
        }
    }
}

/// Returns the resident memory in KiB, and resets the peak.
pub(crate) fn resident_kb() -> u64 {
    // If the system does not support this, the peak is that of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

/// Returns the peak of the resident memory since [`resident_kb`], in KiB.
pub(crate) fn peak_kb() -> u64 {
    status("VmHWM:")
}

/// Returns a field of `/proc/self/status`, or 0 if the system is not Linux.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0)
}
