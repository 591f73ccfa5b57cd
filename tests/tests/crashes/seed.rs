//! Reproducible random numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A random number generator. Each part of a test uses its own generator, for the same seed.
pub(crate) struct Seed(u64);

impl Seed {
    /// Returns the seed from `CALLSIGN_CRASH_SEED`, or from the clock if it is not set, and prints it.
    pub(crate) fn from_environment() -> u64 {
        let given = std::env::var("CALLSIGN_CRASH_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or_else(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
        });
        println!("CALLSIGN_CRASH_SEED={seed}");
        seed
    }

    /// Creates the generator of a part.
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        Self(seed ^ part.wrapping_mul(0xA076_1D64_78BD_642F))
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }

    /// Returns a duration below `end`.
    pub(crate) fn duration_below(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(end.as_micros() as u64))
    }
}
