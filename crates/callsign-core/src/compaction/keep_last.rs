//! Leaves out everything but what was said last.

use async_trait::async_trait;

use super::positions::newest;
use crate::journal::compact::{Compaction, leaves_out};
use crate::journal::told::is_said;
use crate::traits::asking::Asking;
use crate::traits::compactor::Compactor;
use crate::words::error::Error;
use crate::words::messages::Messages;

/// Leaves out everything before the newest messages of the user's, and says that something was
/// left out. What the runtime said in the user's place does not count, and what the model has not
/// answered yet stays, see [`told`](crate::journal::told).
#[derive(Clone, Debug)]
pub struct KeepLast {
    said: usize,
}

impl KeepLast {
    /// Keeps so many of the newest messages of the user's, and everything that came after each;
    /// at least one.
    #[must_use]
    pub fn messages(said: usize) -> Self {
        Self { said }
    }
}

#[async_trait]
impl Compactor for KeepLast {
    async fn compact(
        &self,
        messages: &Messages,
        _budget: u64,
        _asking: &Asking,
    ) -> Result<Option<Compaction>, Error> {
        let before = newest(messages, self.said, is_said);
        let before = before.filter(|before| leaves_out(messages, *before));
        Ok(before.map(|before| Compaction::Replace { before, summary: String::new() }))
    }
}
