//! Callsign from the outside: what its users write, and what they are told. See `tests/`.

/// The README's snippets, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}

/// The guide to models, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/models.md")]
pub mod models {}

/// The guide to tools, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tools.md")]
pub mod tools {}

/// The guide to watching runs, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/observability.md")]
pub mod observability {}

/// The guide to conversations that last, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/durability.md")]
pub mod durability {}
