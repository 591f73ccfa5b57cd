//! The response to a chat request: stop sequences, `max_tokens`, token counts and serialization.

pub(crate) mod stream;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::dialog::Completion;
use crate::request::{ChatRequest, ToolChoice};
use crate::server::NAME;
use crate::usage::estimate_tokens;

/// How many characters of arguments count as one token.
const CHARS_PER_TOKEN: usize = 4;

/// A response, ready to be serialized whole or as a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChatResponse {
    pub(crate) id: String,
    /// Seconds since the Unix epoch.
    pub(crate) created: u64,
    pub(crate) text: Option<String>,
    pub(crate) calls: Vec<SerializedToolCall>,
    pub(crate) finish_reason: &'static str,
    /// `top_logprobs`. `None` if no log probabilities were requested.
    logprobs: Option<usize>,
    prompt_tokens: usize,
    completion_tokens: usize,
}

/// A tool call with its arguments as text. The arguments may be truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SerializedToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

impl ChatResponse {
    /// Applies the stop sequences and the token limit of `request` to `completion`.
    pub(crate) fn new(request: &ChatRequest, completion: Completion) -> Self {
        let max_tokens = request.max_tokens.unwrap_or(usize::MAX);
        let (text, calls, truncated, completion_tokens) = match completion {
            Completion::Text(text) => {
                let (text, truncated) = truncate_text(apply_stop(&text, &request.stop), max_tokens);
                let tokens = estimate_tokens(&text);
                (Some(text), Vec::new(), truncated, tokens)
            }
            Completion::ToolCalls(calls) => {
                let serialized = calls.into_iter().map(|call| SerializedToolCall {
                    id: call.id,
                    name: call.name,
                    arguments: call.arguments.to_string(),
                });
                let (calls, truncated, tokens) = truncate_calls(serialized, max_tokens);
                (None, calls, truncated, tokens)
            }
        };
        let finish_reason = match () {
            () if truncated => "length",
            // Providers report "stop" for a call that `tool_choice` names.
            () if !calls.is_empty() && !matches!(request.tool_choice, ToolChoice::Function(_)) => {
                "tool_calls"
            }
            () => "stop",
        };
        let created =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        let id = format!("chatcmpl-practice-{:016x}", request.digest);
        Self {
            id,
            created,
            text,
            calls,
            finish_reason,
            logprobs: request.logprobs,
            prompt_tokens: request.prompt_tokens,
            completion_tokens,
        }
    }

    /// The body of a response that is not streamed.
    pub(crate) fn to_json(&self) -> Value {
        let mut message = json!({"role": "assistant", "content": self.text});
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|call| {
                json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
            });
            message["tool_calls"] = calls.collect();
        }
        let logprobs = self.logprobs(self.text.as_deref().unwrap_or_default());
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": NAME,
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason, "logprobs": logprobs}],
            "usage": self.usage(),
        })
    }

    /// Log probabilities of the words of a text, or `null` if they were not requested. Rules are certain, so each is 0.
    pub(crate) fn logprobs(&self, text: &str) -> Value {
        let Some(top) = self.logprobs else { return Value::Null };
        let certain = |word: &str| json!({"token": word, "logprob": 0.0, "bytes": word.as_bytes()});
        let words = text.split_inclusive(char::is_whitespace).map(|word| {
            let mut entry = certain(word);
            let alternatives = if top == 0 { Vec::new() } else { vec![certain(word)] };
            entry["top_logprobs"] = Value::from(alternatives);
            entry
        });
        json!({"content": words.collect::<Vec<_>>()})
    }

    /// Estimated token counts.
    pub(crate) fn usage(&self) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        })
    }
}

/// Returns the text before the first stop sequence.
fn apply_stop<'a>(text: &'a str, stop: &[String]) -> &'a str {
    let sequences = stop.iter().filter(|stop| !stop.is_empty());
    let first = sequences.filter_map(|stop| text.find(stop.as_str())).min();
    first.map_or(text, |at| &text[..at])
}

/// Keeps the first words of a text, up to `max_tokens`, and returns whether any were dropped.
fn truncate_text(text: &str, max_tokens: usize) -> (String, bool) {
    let mut tokens = 0;
    let mut kept = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        tokens += estimate_tokens(word);
        if tokens > max_tokens {
            return (kept.trim_end().to_owned(), true);
        }
        kept.push_str(word);
    }
    (kept, false)
}

/// Keeps the first calls, up to `max_tokens`. The last call may end in the middle of its arguments. Also returns
/// whether anything was dropped, and the number of tokens.
fn truncate_calls(
    calls: impl Iterator<Item = SerializedToolCall>,
    max_tokens: usize,
) -> (Vec<SerializedToolCall>, bool, usize) {
    let mut kept = Vec::new();
    let mut tokens: usize = 0;
    for mut call in calls {
        let name_tokens = 2 + estimate_tokens(&call.name);
        if tokens.saturating_add(name_tokens) >= max_tokens {
            return (kept, true, tokens.min(max_tokens));
        }
        tokens += name_tokens;
        let argument_tokens = call.arguments.chars().count().div_ceil(CHARS_PER_TOKEN);
        if tokens.saturating_add(argument_tokens) > max_tokens {
            call.arguments =
                call.arguments.chars().take((max_tokens - tokens) * CHARS_PER_TOKEN).collect();
            kept.push(call);
            return (kept, true, max_tokens);
        }
        tokens += argument_tokens;
        kept.push(call);
    }
    (kept, false, tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_truncated_between_words() {
        assert_eq!(truncate_text("one two three", 2), ("one two".to_owned(), true));
        assert_eq!(truncate_text("one two", 2), ("one two".to_owned(), false));
        assert_eq!(apply_stop("one two three", &["three".into(), " t".into()]), "one");
    }

    #[test]
    fn calls_are_truncated_within_their_arguments() {
        let call = |name: &str| SerializedToolCall {
            id: "i".into(),
            name: name.into(),
            arguments: "{\"city\":\"Oslo\"}".into(),
        };
        let (calls, truncated, tokens) = truncate_calls([call("a"), call("b")].into_iter(), 9);
        assert_eq!((calls.len(), truncated, tokens), (1, true, 7));
        let (calls, truncated, tokens) = truncate_calls([call("a")].into_iter(), 5);
        assert_eq!((calls[0].arguments.as_str(), truncated, tokens), ("{\"city\":", true, 5));
        assert!(!truncate_calls([call("a")].into_iter(), 7).1);
    }
}
