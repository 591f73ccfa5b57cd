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
///
/// ```
/// # use callsign_core as callsign;
/// use callsign::async_trait;
/// # use callsign::journal::compact::Compaction;
/// # use callsign::traits::{asking::Asking, compactor::Compactor};
/// # use callsign::words::{error::Error, messages::Messages};
///
/// /// Leaves out the older half.
/// struct NewerHalf;
///
/// #[async_trait]
/// impl Compactor for NewerHalf {
///     async fn compact(
///         &self,
///         messages: &Messages,
///         _budget: u64,
///         _asking: &Asking,
///     ) -> Result<Option<Compaction>, Error> {
///         let before = messages.len() as u64 / 2;
///         let summary = format!("[{before} messages are left out.]");
///         Ok((before > 0).then_some(Compaction::Replace { before, summary }))
///     }
/// }
/// ```
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
