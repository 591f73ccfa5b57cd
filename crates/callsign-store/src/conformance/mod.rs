//! A conformance suite for implementations of [`Store`].
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
//! The checks use conversations with random names, and do not delete them. They need a Tokio
//! runtime with timers.
//!
//! The suite sees one store value. Behavior across processes, or after a file is reopened, needs
//! tests of the implementation. [`writers`] accepts two handles of one store, and more rounds than
//! [`check`] runs.

mod conversation_index;
mod inbox;
mod journal;
mod locks;
mod races;
mod samples;
mod violation;
mod writers;

use std::sync::Arc;

use callsign_types::traits::store::Store;

pub use conversation_index::conversation_index;
pub use inbox::inbox;
pub use journal::journal;
pub use locks::locks;
pub use races::races;
pub use violation::Violation;
pub use writers::{repeats, writers};

/// The number of rounds for checks whose outcome depends on timing.
const ROUNDS: u64 = 100;

/// Runs all checks, and stops at the first violation.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn check(store: Arc<dyn Store>) -> Result<(), Violation> {
    journal(&store).await?;
    inbox(&store).await?;
    locks(&store).await?;
    conversation_index(&store).await?;
    races(&store).await?;
    repeats(&store, ROUNDS).await?;
    writers([&store, &store], ROUNDS).await
}
