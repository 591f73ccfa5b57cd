//! Leaves out old results of tools.

use async_trait::async_trait;

use super::positions::{is_result, newest};
use crate::journal::compact::Compaction;
use crate::traits::asking::Asking;
use crate::traits::compactor::Compactor;
use crate::words::error::Error;
use crate::words::messages::Messages;

/// Leaves out the results of tools but for the newest ones. The calls stay, so that the model
/// sees what it did and can do it again.
#[derive(Clone, Debug)]
pub struct ClearResults {
    keep: usize,
}

impl ClearResults {
    /// Keeps so many of the newest results; at least one.
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
        _asking: &Asking,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.keep, is_result);
        Ok(before.map(|before| Compaction::ClearResults { before }))
    }
}
