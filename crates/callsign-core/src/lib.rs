//! The core of Callsign: the journal reducer, the executor, tool invocation, middleware and agents.
//! It contains no HTTP and no SQL.
//!
//! The modules form layers. From the lowest to the highest: [`journal`], then [`memory`], tools,
//! [`middleware`] and [`compaction`], then macro support and [`executor`], then [`run`], then
//! [`toolset`], then [`agent`]. No module imports from a layer above its own.
//!
//! Users depend on the `callsign` crate, which re-exports all of this under shorter paths.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod agent;
pub mod compaction;
pub mod executor;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod journal;
#[doc(hidden)]
pub mod macro_support;
pub mod memory;
pub mod middleware;
pub mod run;
mod tools;
pub mod toolset;

/// Creates a [`Toolset`](toolset::toolset::Toolset) from the paths of tool functions:
/// `tools![get_flight_info, hotels::book]`.
///
/// Pass it to [`AgentBuilder::tools`](agent::builder::AgentBuilder::tools), or change it before:
/// `tools![book, cancel].prefix("hotels_")`.
#[macro_export]
macro_rules! tools {
    ($($path:path),* $(,)?) => {
        {
            $(const _: () = $crate::macro_support::check_path(::core::stringify!($path));)*
            $crate::toolset::toolset::Toolset::from([$($crate::macro_support::tool::<$path>()),*])
        }
    };
}
