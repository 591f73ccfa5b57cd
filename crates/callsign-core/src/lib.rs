//! The core of Callsign: the words, the traits and the loop. It knows no HTTP and no SQL.
//!
//! Its rooms stand on floors, and nothing points back up:
//! [`words`] → [`traits`] and [`journal`] → dispatch and [`around`] → [`run`] → [`toolset`] → [`agent`].
//!
//! Users take the `callsign` crate, which has all of this under shorter names.

pub mod agent;
pub mod around;
#[doc(hidden)]
pub mod definition;
pub mod compaction;
mod dispatch;
pub mod journal;
pub mod memory;
pub mod run;
pub mod toolset;
pub mod traits;
pub mod words;

/// Names tools by the paths of their functions: `tools![get_flight_info, hotels::book]`.
///
/// It makes a `Vec<Arc<dyn Tool>>`, for [`AgentBuilder::tools`](agent::builder::AgentBuilder::tools).
#[macro_export]
macro_rules! tools {
    ($($path:path),* $(,)?) => {
        ::std::vec![$($crate::definition::tool::<$path>()),*]
    };
}
