//! The traits that others implement: models, tools, stores. Small, and usable as trait objects.

pub mod context;
pub mod model;
pub mod store;
pub mod tool;
pub mod tool_error;
