//! Writing an answer: cut where the request says so, counted, and in the shape of the wire.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::decide::Answer;
use super::request::{ChatRequest, ToolChoice, estimate};
use super::server::NAME;

/// How many characters of arguments count as one token.
const LETTERS_PER_TOKEN: usize = 4;

/// An answer as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    pub(super) text: Option<String>,
    pub(super) calls: Vec<WrittenCall>,
    pub(super) finish_reason: &'static str,
    /// Whether to tell how likely each word was, and how many words at each place.
    logprobs: Option<usize>,
    prompt_tokens: usize,
    completion_tokens: usize,
}

/// A call with its arguments as text, which may be cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Reply {
    /// Writes an answer to a request.
    pub(super) fn new(request: &ChatRequest, answer: Answer) -> Self {
        let most = request.max_tokens.unwrap_or(usize::MAX);
        let (text, calls, cut, completion_tokens) = match answer {
            Answer::Text(text) => {
                let (text, cut) = cut_text(&stopped(text, &request.stop), most);
                let tokens = estimate(&text);
                (Some(text), Vec::new(), cut, tokens)
            }
            Answer::Calls(calls) => {
                let written = calls.into_iter().map(|call| WrittenCall {
                    id: call.id,
                    name: call.name,
                    arguments: call.arguments.to_string(),
                });
                let (calls, cut, tokens) = cut_calls(written, most);
                (None, calls, cut, tokens)
            }
        };
        let finish_reason = match () {
            () if cut => "length",
            // Services say "stop" beside a call that was asked for by name.
            () if !calls.is_empty() && !matches!(request.tool_choice, ToolChoice::Named(_)) => {
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

    /// The body of an answer that isn't streamed.
    pub(super) fn to_json(&self) -> Value {
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

    /// How likely each word of a text was, where that is wanted: rules leave no doubt.
    pub(super) fn logprobs(&self, text: &str) -> Value {
        let Some(top) = self.logprobs else { return Value::Null };
        let certain = |word: &str| json!({"token": word, "logprob": 0.0, "bytes": word.as_bytes()});
        let words = text.split_inclusive(char::is_whitespace).map(|word| {
            let mut told = certain(word);
            let others = if top == 0 { Vec::new() } else { vec![certain(word)] };
            told["top_logprobs"] = Value::from(others);
            told
        });
        json!({"content": words.collect::<Vec<_>>()})
    }

    /// The counts, which are estimates.
    pub(super) fn usage(&self) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        })
    }
}

fn stopped(text: String, stop: &[String]) -> String {
    let first = stop
        .iter()
        .filter(|stop| !stop.is_empty())
        .filter_map(|stop| text.find(stop.as_str()))
        .min();
    first.map_or_else(|| text.clone(), |at| text[..at].to_owned())
}

/// As many words of a text as fit, and whether some didn't.
fn cut_text(text: &str, most: usize) -> (String, bool) {
    let mut tokens = 0;
    let mut kept = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        tokens += estimate(word);
        if tokens > most {
            return (kept.trim_end().to_owned(), true);
        }
        kept.push_str(word);
    }
    (kept, false)
}

/// As much of the calls as fits; the last one may end in the middle of its arguments.
fn cut_calls(
    calls: impl Iterator<Item = WrittenCall>,
    most: usize,
) -> (Vec<WrittenCall>, bool, usize) {
    let mut kept = Vec::new();
    let mut tokens: usize = 0;
    for mut call in calls {
        let named = 2 + estimate(&call.name);
        if tokens.saturating_add(named) >= most {
            return (kept, true, tokens.min(most));
        }
        tokens += named;
        let needed = call.arguments.chars().count().div_ceil(LETTERS_PER_TOKEN);
        if tokens.saturating_add(needed) > most {
            call.arguments =
                call.arguments.chars().take((most - tokens) * LETTERS_PER_TOKEN).collect();
            kept.push(call);
            return (kept, true, most);
        }
        tokens += needed;
        kept.push(call);
    }
    (kept, false, tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_words() {
        assert_eq!(cut_text("one two three", 2), ("one two".to_owned(), true));
        assert_eq!(cut_text("one two", 2), ("one two".to_owned(), false));
        assert_eq!(stopped("one two three".to_owned(), &["three".into(), " t".into()]), "one");
    }

    #[test]
    fn calls_are_cut_within_their_arguments() {
        let call = |name: &str| WrittenCall {
            id: "i".into(),
            name: name.into(),
            arguments: "{\"city\":\"Oslo\"}".into(),
        };
        let (calls, cut, tokens) = cut_calls([call("a"), call("b")].into_iter(), 9);
        assert_eq!((calls.len(), cut, tokens), (1, true, 7));
        let (calls, cut, tokens) = cut_calls([call("a")].into_iter(), 5);
        assert_eq!((calls[0].arguments.as_str(), cut, tokens), ("{\"city\":", true, 5));
        assert!(!cut_calls([call("a")].into_iter(), 7).1);
    }
}
