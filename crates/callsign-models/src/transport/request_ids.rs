//! [`RequestIds`]: generates request ids.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Generates unique request ids. Only the first one is random and the others count up from it.
/// Asking the system for randomness would cost more than the rest of an id.
#[derive(Debug)]
pub(crate) struct RequestIds {
    first: u128,
    count: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        Self { first: Uuid::new_v4().as_u128(), count: AtomicU64::new(0) }
    }
}

impl RequestIds {
    /// Returns the next id.
    pub(crate) fn next_id(&self) -> String {
        // The lowest 62 bits are all random; those above encode the version and the variant.
        const LOW: u128 = (1 << 62) - 1;
        let count = u128::from(self.count.fetch_add(1, Ordering::Relaxed));
        let id = (self.first & !LOW) | (self.first.wrapping_add(count) & LOW);
        Uuid::from_u128(id).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_random_uuids() {
        let all_ones =
            RequestIds { first: Uuid::from_u128(u128::MAX).as_u128(), ..Default::default() };
        let random = RequestIds::default();
        let ids: Vec<_> = (0..100).map(|_| random.next_id()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 100);
        for id in &ids {
            let id: Uuid = id.parse().unwrap();
            assert_eq!(id.get_version_num(), 4);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        }
        // The counter wraps around and leaves the version and the variant unchanged.
        assert_eq!(all_ones.next_id(), "ffffffff-ffff-ffff-ffff-ffffffffffff");
        assert_eq!(all_ones.next_id(), "ffffffff-ffff-ffff-c000-000000000000");
    }
}
