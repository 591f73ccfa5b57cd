//! Typed access to provider-specific fields of a model response.
//!
//! Depends only on the response types.

pub mod content_filter;
pub mod log_probabilities;
