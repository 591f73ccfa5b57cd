//! Compactors: strategies to shorten a history that is too long for its model.

pub mod clear_results;
pub mod keep_last;
mod positions;
pub mod summarize;
