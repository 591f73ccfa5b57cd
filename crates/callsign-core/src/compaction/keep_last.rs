//! Compaction that keeps only the newest messages.

use async_trait::async_trait;
use callsign_types::error::Error;
use callsign_types::journal::compaction::Compaction;
use callsign_types::messages::Messages;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::metered_model::MeteredModel;

use super::positions::newest;
use crate::journal::compaction::leaves_out;
use crate::journal::markers::is_from_user;

/// A [`Compactor`] that removes everything before the newest messages of the user. A note says that
/// messages were removed.
///
/// Messages that the runtime has written in the user's role do not count, see
/// [`markers`](crate::journal::markers). Messages that the model has not answered yet stay.
#[derive(Clone, Debug)]
pub struct KeepLast {
    count: usize,
}

impl KeepLast {
    /// Keeps the newest `count` messages of the user and everything after the first of them; 0
    /// counts as 1.
    #[must_use]
    pub fn messages(count: usize) -> Self {
        Self { count }
    }
}

#[async_trait]
impl Compactor for KeepLast {
    async fn compact(
        &self,
        messages: &Messages,
        _budget: u64,
        _model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.count, is_from_user);
        let before = before.filter(|before| leaves_out(messages, *before));
        Ok(before.map(|before| Compaction::Replace { before, summary: String::new() }))
    }
}
