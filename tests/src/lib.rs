//! End-to-end tests of Callsign through its public API. See `tests/`.

/// The snippets of the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}

/// The snippets of the models guide as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/models.md")]
pub mod models {}

/// The snippets of the tools guide as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tools.md")]
pub mod tools {}

/// The snippets of the observability guide as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/observability.md")]
pub mod observability {}

/// The snippets of the recipes as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/recipes.md")]
pub mod recipes {}

/// The snippets of the durability guide as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/durability.md")]
pub mod durability {}
