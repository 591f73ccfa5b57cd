//! What can be wrong with a reply that was under way.

use serde_json::Value;

/// What is wrong with a reply. Where it happened is for the caller to add.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The service reported an error inside the reply: the error's object.
    Reported(Value),
    /// The reply is not what chat completions are: what was wrong, and the parser's word for it.
    NotUnderstood(String, Option<serde_json::Error>),
    /// The reply ended before it was finished.
    CutOff,
}
