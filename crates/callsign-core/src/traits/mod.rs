//! The traits that others implement: models, tools, stores. Small, and usable as trait objects.

pub mod asking;
pub mod cancellation;
pub mod catalogue;
pub mod compactor;
pub mod context;
pub(crate) mod events;
pub(crate) mod ledger;
pub mod model;
pub mod policy;
pub mod policy_fn;
pub mod run_context;
pub(crate) mod scope;
pub mod states;
pub mod store;
pub mod tool;
pub mod tool_error;
