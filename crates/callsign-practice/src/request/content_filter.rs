//! The content filter. It blocks one phrase.

use serde_json::Value;

/// The blocked phrase, in lower case. It is from the prompt that Azure's guide uses to show its content filter.
pub(crate) const FILTERED_PHRASE: &str = "practice your knife skills";

/// Whether a user message contains the phrase. Letter case does not matter.
pub(crate) fn blocks(body: &Value) -> bool {
    let messages = body["messages"].as_array().into_iter().flatten();
    let messages = messages.filter(|message| message["role"] == "user");
    let mut texts = messages.flat_map(|message| {
        let parts = message["content"].as_array().into_iter().flatten();
        parts.map(|part| &part["text"]).chain([&message["content"]])
    });
    texts
        .any(|text| text.as_str().is_some_and(|text| text.to_lowercase().contains(FILTERED_PHRASE)))
}
