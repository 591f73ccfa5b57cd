//! The traits that applications and other crates implement, and the types that they receive.

#[doc(hidden)]
pub mod budget;
pub mod compactor;
pub mod context;
pub mod conversation_index;
#[doc(hidden)]
pub mod events;
pub mod extensions;
#[doc(hidden)]
pub mod into_output;
pub mod metered_model;
pub mod model;
pub mod policy;
pub mod policy_fn;
pub mod run_context;
#[doc(hidden)]
pub mod run_scope;
pub mod store;
pub mod tool;
pub mod tool_error;
