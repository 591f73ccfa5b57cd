//! Compaction that removes old tool results.

use async_trait::async_trait;
use callsign_types::error::Error;
use callsign_types::journal::compaction::Compaction;
use callsign_types::messages::Messages;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::metered_model::MeteredModel;

use super::positions::{is_result, newest};

/// A [`Compactor`] that removes all tool results except the newest. The calls stay, so that the
/// model sees what it did and can repeat it.
#[derive(Clone, Debug)]
pub struct ClearResults {
    keep: usize,
}

impl ClearResults {
    /// Keeps the newest `results` tool results; 0 counts as 1.
    #[must_use]
    pub fn keep_last(results: usize) -> Self {
        Self { keep: results }
    }
}

#[async_trait]
impl Compactor for ClearResults {
    async fn compact(
        &self,
        messages: &Messages,
        _budget: u64,
        _model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.keep, is_result);
        Ok(before.map(|before| Compaction::ClearResults { before }))
    }
}
