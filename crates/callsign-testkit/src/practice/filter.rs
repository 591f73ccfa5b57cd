//! The content filter, which knows one phrase.

use serde_json::Value;

/// What is withheld. It is from the sentence by which Azure's own guide shows its content filter.
pub(super) const FILTERED: &str = "practice your knife skills";

/// Whether a user's message has the phrase in it, in whatever letters.
pub(super) fn withholds(body: &Value) -> bool {
    let messages = body["messages"].as_array().into_iter().flatten();
    let mut said = messages.filter(|message| message["role"] == "user").flat_map(|message| {
        let parts = message["content"].as_array().into_iter().flatten();
        parts.map(|part| &part["text"]).chain([&message["content"]])
    });
    said.any(|text| text.as_str().is_some_and(|text| text.to_lowercase().contains(FILTERED)))
}
