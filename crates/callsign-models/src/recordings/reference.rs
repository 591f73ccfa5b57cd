//! A simple reference decoder, independent of the assembler.
//!
//! It walks the JSON and assigns tool call fragments by their index. A fragment without an index is
//! a call of its own.

use serde_json::{Value, json};

use crate::endpoint::finish_reasons::FINISH_REASONS;
use crate::wire::finish_reason;

/// The parts of a response that are compared.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) text: String,
    pub(super) calls: Vec<(String, String)>,
    pub(super) finish_reason: Option<String>,
    /// Input, output, cached input and reasoning tokens.
    pub(super) usage: Option<[u64; 4]>,
}

/// Decodes a body. Returns `None` if it is not JSON.
pub(super) fn decode_reference(body: &str, streamed: bool) -> Option<Summary> {
    let body = body.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let chunks: Vec<Value> = if streamed {
        let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
        let data = data.map(str::trim).filter(|data| !data.is_empty() && *data != "[DONE]");
        data.map(|data| serde_json::from_str(data).ok()).collect::<Option<_>>()?
    } else {
        vec![serde_json::from_str(&body).ok()?]
    };
    let mut summary = Summary::default();
    let mut indexes = Vec::new();
    for chunk in &chunks {
        let usages = [&chunk["usage"], &chunk["x_groq"]["usage"]];
        if let Some(found) = usages.into_iter().find(|it| it.is_object()) {
            summary.usage = Some(usage(found));
        }
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            if choice["index"].as_u64().unwrap_or(0) == 0 {
                read_choice(choice, &mut summary, &mut indexes);
            }
        }
    }
    for (_, arguments) in &mut summary.calls {
        if arguments.is_empty() {
            arguments.push_str("{}");
        }
    }
    // `FinishReason` maps provider-specific reasons to the common ones.
    summary.finish_reason = summary.finish_reason.and_then(|reason| {
        Some(finish_reason::decode(&reason, FINISH_REASONS)?.as_str()?.to_owned())
    });
    Some(summary)
}

fn read_choice(choice: &Value, summary: &mut Summary, indexes: &mut Vec<Option<u64>>) {
    if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
        summary.finish_reason = Some(reason.to_owned());
    }
    // Perplexity's whole bodies have an empty `delta` next to the `message`.
    let is_empty = |delta: &Value| {
        delta["content"].as_str().is_none_or(str::is_empty) && delta["tool_calls"].is_null()
    };
    let is_first = summary.text.is_empty() && summary.calls.is_empty();
    let use_message = is_empty(&choice["delta"]) && is_first && choice["message"].is_object();
    let delta = if use_message { &choice["message"] } else { &choice["delta"] };
    match &delta["content"] {
        Value::Array(parts) => {
            let text = parts.iter().filter(|part| part["type"] == "text");
            summary.text.extend(text.filter_map(|part| part["text"].as_str()));
        }
        content => summary.text.push_str(content.as_str().unwrap_or_default()),
    }
    // The API before tools has one call without an index and an id.
    let function_call = json!({ "function": delta["function_call"] });
    let has = |field: &str| !delta["function_call"][field].as_str().unwrap_or_default().is_empty();
    let is_call = (has("name") || has("arguments")) && delta["tool_calls"].is_null();
    let function_call = is_call.then_some(&function_call);
    for call in delta["tool_calls"].as_array().into_iter().flatten().chain(function_call) {
        let index = call["index"].as_u64();
        let known = indexes.iter().position(|known| index.is_some() && *known == index);
        let at = known.unwrap_or_else(|| {
            indexes.push(index);
            summary.calls.push(Default::default());
            indexes.len() - 1
        });
        let function = &call["function"];
        summary.calls[at].0.push_str(function["name"].as_str().unwrap_or_default());
        summary.calls[at].1.push_str(function["arguments"].as_str().unwrap_or_default());
    }
}

fn usage(usage: &Value) -> [u64; 4] {
    [
        &usage["prompt_tokens"],
        &usage["completion_tokens"],
        &usage["prompt_tokens_details"]["cached_tokens"],
        &usage["completion_tokens_details"]["reasoning_tokens"],
    ]
    .map(|count| count.as_u64().unwrap_or(0))
}
