//! A conformance suite for implementations of [`Store`].
//!
//! ```
//! # use std::sync::Arc;
//! # use callsign_core::memory::MemoryStore;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), callsign_testkit::conformance::Violation> {
//! callsign_testkit::conformance::check(Arc::new(MemoryStore::new())).await
//! # }
//! ```
//!
//! The checks use conversations with random names, and do not delete them. They need a Tokio
//! runtime with timers.
//!
//! [`check`] sees one store value. Three checks need more, so that a test has to call them:
//!
//! - [`processes`] opens the store in a second process, and kills processes that write.
//! - [`writers`] and [`identity`] accept two handles of one store.
//!
//! No check cuts the power: review whether an append has reached the disk when it returns (`fsync`).
//! Damaged files, full disks, lost connections and upgrades of a format are not checked either.

mod child_process;
mod conversation_index;
mod identity;
mod inbox;
mod journal;
mod locks;
mod names;
mod processes;
mod races;
mod samples;
mod violation;
mod writers;

use std::sync::Arc;

use callsign_types::traits::store::Store;

pub use conversation_index::conversation_index;
pub use identity::identity;
pub use inbox::inbox;
pub use journal::journal;
pub use locks::locks;
pub use names::names;
pub use processes::processes;
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
    identity([&store, &store]).await?;
    journal(&store).await?;
    inbox(&store).await?;
    locks(&store).await?;
    names(&store).await?;
    conversation_index(&store).await?;
    races(&store).await?;
    repeats(&store, ROUNDS).await?;
    writers([&store, &store], ROUNDS).await
}
