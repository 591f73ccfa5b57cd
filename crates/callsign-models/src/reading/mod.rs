//! Typed readers of what a reply has beside its words: the fields that it keeps as they came.

pub mod content_filter;
pub mod log_probabilities;
