//! From a parsed request to a completion: tool calls, or a text. No I/O and no JSON of the API.

mod canned_text;
mod completion;
mod forced_calls;
mod plan;
mod response_text;
mod result_text;
mod state;
mod tool_results;

pub(crate) use completion::{Completion, complete};
