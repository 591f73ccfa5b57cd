//! Something that makes a history shorter.

use std::fmt;

use async_trait::async_trait;

use super::asking::Asking;
use crate::journal::compact::Compaction;
use crate::words::error::Error;
use crate::words::messages::Messages;

/// Makes a history shorter that has become too long for its model.
///
/// It is asked before a request whose messages are estimated to take more tokens than the run's
/// [`Limits::context_tokens`](crate::words::limits::Limits::context_tokens). What it decides is
/// kept in the journal, which itself keeps everything: a fork from before it has it all.
#[async_trait]
pub trait Compactor: Send + Sync + 'static {
    /// What to do so that these messages take about so many tokens; `None` where it knows
    /// nothing that helps.
    ///
    /// # Errors
    /// The request is sent as it is then, and the log has the reason.
    async fn compact(
        &self,
        messages: &Messages,
        budget: u64,
        asking: &Asking,
    ) -> Result<Option<Compaction>, Error>;
}

impl fmt::Debug for dyn Compactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compactor")
    }
}
