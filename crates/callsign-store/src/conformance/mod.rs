//! What every store promises, as checks that any implementor can run.
//!
//! ```
//! # use std::sync::Arc;
//! # use callsign_core::memory::MemoryStore;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), callsign_store::conformance::Violation> {
//! callsign_store::conformance::check(Arc::new(MemoryStore::new())).await
//! # }
//! ```
//!
//! The checks use conversations with random names, and leave them behind. They need a tokio
//! runtime with its timer. What lies outside one store value, such as a second process or the
//! reopening of a file, is for the implementor to test; [`writers`] takes two handles of one store,
//! and as many rounds as there is time for.

mod catalogues;
mod holds;
mod inboxes;
mod journals;
mod races;
mod samples;
mod violation;
mod writers;

use std::sync::Arc;

use callsign_core::traits::store::Store;

pub use catalogues::catalogues;
pub use holds::holds;
pub use inboxes::inboxes;
pub use journals::journals;
pub use races::races;
pub use violation::Violation;
pub use writers::{repeats, writers};

/// How often what depends on luck is tried.
const ROUNDS: u64 = 100;

/// Runs all checks, and stops at the first promise that is broken.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn check(store: Arc<dyn Store>) -> Result<(), Violation> {
    journals(&store).await?;
    inboxes(&store).await?;
    holds(&store).await?;
    catalogues(&store).await?;
    races(&store).await?;
    repeats(&store, ROUNDS).await?;
    writers([&store, &store], ROUNDS).await
}
