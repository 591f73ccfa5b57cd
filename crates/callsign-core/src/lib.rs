//! The core of Callsign: the words, the traits and the loop. It knows no HTTP and no SQL.
//!
//! Its rooms stand on floors, and nothing points back up:
//! [`words`] → [`traits`] and [`journal`] → dispatch and [`around`] → [`run`] → [`toolset`] → [`agent`].
//!
//! Users take the `callsign` crate, which has all of this under shorter names.

pub mod agent;
pub mod around;
pub mod compaction;
#[doc(hidden)]
pub mod definition;
mod dispatch;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod journal;
pub mod memory;
pub mod run;
pub mod toolset;
pub mod traits;
pub mod words;

/// Lets the methods of a trait be `async`, for implementations of [`Policy`], [`Compactor`] and
/// [`Store`]: the crate `async-trait`, so that one need not depend on it.
///
/// [`Policy`]: traits::policy::Policy
/// [`Compactor`]: traits::compactor::Compactor
/// [`Store`]: traits::store::Store
pub use async_trait::async_trait;

/// Names tools by the paths of their functions: `tools![get_flight_info, hotels::book]`.
///
/// It makes a [`Toolset`](toolset::toolset::Toolset), for
/// [`AgentBuilder::tools`](agent::builder::AgentBuilder::tools), which can be changed before:
/// `tools![book, cancel].prefix("hotels_")`.
#[macro_export]
macro_rules! tools {
    ($($path:path),* $(,)?) => {
        $crate::toolset::toolset::Toolset::from([$($crate::definition::tool::<$path>()),*])
    };
}
