//! The ids under which a client knows its requests.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Mints ids that nobody else has: what is random in the first is random in all of them, and asking
/// the system for it each time would take longer than all else that an id needs.
#[derive(Debug)]
pub(crate) struct RequestIds {
    first: u128,
    minted: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        Self { first: Uuid::new_v4().as_u128(), minted: AtomicU64::new(0) }
    }
}

impl RequestIds {
    /// The next id.
    pub(crate) fn mint(&self) -> String {
        // The lowest 62 bits are random throughout; those above say which kind of id it is.
        const LOW: u128 = (1 << 62) - 1;
        let minted = u128::from(self.minted.fetch_add(1, Ordering::Relaxed));
        let id = (self.first & !LOW) | (self.first.wrapping_add(minted) & LOW);
        Uuid::from_u128(id).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_are_the_same_and_all_are_random_by_kind() {
        let all_ones =
            RequestIds { first: Uuid::from_u128(u128::MAX).as_u128(), ..Default::default() };
        let random = RequestIds::default();
        let ids: Vec<_> = (0..100).map(|_| random.mint()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 100);
        for id in &ids {
            let id: Uuid = id.parse().unwrap();
            assert_eq!(id.get_version_num(), 4);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        }
        // Counting goes around and leaves the kind alone.
        assert_eq!(all_ones.mint(), "ffffffff-ffff-ffff-ffff-ffffffffffff");
        assert_eq!(all_ones.mint(), "ffffffff-ffff-ffff-c000-000000000000");
    }
}
