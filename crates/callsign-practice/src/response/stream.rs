//! A response as a stream of server-sent events (SSE).

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures_util::stream;
use serde_json::{Value, json};

use crate::response::ChatResponse;
use crate::server::NAME;

/// The number of chunks that the arguments of a call are split into.
const ARGUMENT_FRAGMENTS: usize = 4;

/// Which chunk of a stream reports the token usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsageReport {
    /// No chunk.
    Omitted,
    /// The chunk with the finish reason, as in the Azure AI Model Inference API.
    LastChoice,
    /// A chunk without choices after it, as OpenAI does for `stream_options.include_usage`.
    ExtraChunk,
}

/// Returns the chunks of a response, in order, without the final `[DONE]`.
pub(crate) fn chunks(response: &ChatResponse, usage_report: UsageReport) -> Vec<Value> {
    let include_usage = usage_report == UsageReport::ExtraChunk;
    let chunk = |choices: Value| {
        let mut chunk = json!({
            "id": response.id,
            "object": "chat.completion.chunk",
            "created": response.created,
            "model": NAME,
            "choices": choices,
        });
        if include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    let delta = |delta: Value, finish: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]))
    };
    let content = if response.text.is_some() { json!("") } else { Value::Null };
    let mut chunks = vec![delta(json!({"role": "assistant", "content": content}), Value::Null)];
    for word in response.text.iter().flat_map(|text| text.split_inclusive(char::is_whitespace)) {
        let mut more = delta(json!({"content": word}), Value::Null);
        let logprobs = response.logprobs(word);
        if !logprobs.is_null() {
            more["choices"][0]["logprobs"] = logprobs;
        }
        chunks.push(more);
    }
    for (index, call) in response.calls.iter().enumerate() {
        let function = json!({"name": call.name, "arguments": ""});
        let opening =
            json!([{"index": index, "id": call.id, "type": "function", "function": function}]);
        chunks.push(delta(json!({"tool_calls": opening}), Value::Null));
    }
    let fragments: Vec<Vec<String>> =
        response.calls.iter().map(|call| fragments(&call.arguments)).collect();
    // Fragments of several calls alternate, so that clients must assemble them by index.
    for round in 0..ARGUMENT_FRAGMENTS {
        for (index, fragment) in
            fragments.iter().enumerate().filter_map(|(index, all)| Some((index, all.get(round)?)))
        {
            let more = json!([{"index": index, "function": {"arguments": fragment}}]);
            chunks.push(delta(json!({"tool_calls": more}), Value::Null));
        }
    }
    let mut end = delta(json!({}), json!(response.finish_reason));
    if usage_report == UsageReport::LastChoice {
        end["usage"] = response.usage();
    }
    chunks.push(end);
    if include_usage {
        let mut last = chunk(json!([]));
        last["usage"] = response.usage();
        chunks.push(last);
    }
    chunks
}

fn fragments(arguments: &str) -> Vec<String> {
    let chars: Vec<char> = arguments.chars().collect();
    let length = chars.len().div_ceil(ARGUMENT_FRAGMENTS).max(1);
    chars.chunks(length).map(|part| part.iter().collect()).collect()
}

/// Returns the body of a streamed response, with a pause of `delay` before each event.
pub(crate) fn body(chunks: Vec<Value>, delay: Duration) -> Body {
    let events = chunks.into_iter().map(|chunk| chunk.to_string()).chain(["[DONE]".to_owned()]);
    Body::from_stream(stream::unfold(events, move |mut events| async move {
        let event = events.next()?;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        Some((Ok::<_, Infallible>(format!("data: {event}\n\n")), events))
    }))
}
