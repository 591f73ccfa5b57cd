//! Offered tools: their schemas, which one a sentence means, and which arguments it gives.

pub(crate) mod arguments;
pub(crate) mod ranking;
pub(crate) mod schema;
