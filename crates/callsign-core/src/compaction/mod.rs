//! Ways to make a history shorter that has become too long for its model.

pub mod clear_results;
pub mod keep_last;
mod positions;
pub mod summarise;
