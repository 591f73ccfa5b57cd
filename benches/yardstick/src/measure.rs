//! What this process has used, as the system counts it.

use std::fs;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The time that was used up to a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    at: Instant,
    user_us: i64,
    system_us: i64,
}

/// The time that was used between two moments, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) wall: u128,
    pub(crate) user: i64,
    pub(crate) system: i64,
}

impl Used {
    /// Up to now.
    pub(crate) fn now() -> Self {
        let (user_us, system_us) = getrusage(UsageWho::RUSAGE_SELF).map_or((0, 0), |usage| {
            (usage.user_time().num_microseconds(), usage.system_time().num_microseconds())
        });
        Self { at: Instant::now(), user_us, system_us }
    }

    /// Since then.
    pub(crate) fn elapsed(self) -> Spent {
        let now = Self::now();
        Spent {
            wall: (now.at - self.at).as_micros(),
            user: now.user_us - self.user_us,
            system: now.system_us - self.system_us,
        }
    }
}

/// The memory that is resident now, in KiB. The peak is counted anew from here.
pub(crate) fn resident_kb() -> u64 {
    // Where the system does not take it, the peak is that of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

/// The most that was resident since [`resident_kb`], in KiB.
pub(crate) fn peak_kb() -> u64 {
    status("VmHWM:")
}

/// A figure that Linux tells; 0 elsewhere.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0)
}
