//! The same answer as a stream of server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures_util::stream;
use serde_json::{Value, json};

use super::reply::Reply;
use super::server::NAME;

/// Into how many fragments the arguments of a call are cut.
const FRAGMENTS: usize = 4;

/// Where a stream tells what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nowhere,
    /// Beside the finish reason, unasked, as the Azure AI Model Inference API does.
    AtTheEnd,
    /// In a chunk of its own, as OpenAI does where it is asked to.
    Behind,
}

/// The chunks of an answer, in order, without the closing `[DONE]`.
pub(super) fn chunks(reply: &Reply, told: Told) -> Vec<Value> {
    let include_usage = told == Told::Behind;
    let chunk = |choices: Value| {
        let mut chunk = json!({
            "id": reply.id,
            "object": "chat.completion.chunk",
            "created": reply.created,
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
    let content = if reply.text.is_some() { json!("") } else { Value::Null };
    let mut chunks = vec![delta(json!({"role": "assistant", "content": content}), Value::Null)];
    for word in reply.text.iter().flat_map(|text| text.split_inclusive(char::is_whitespace)) {
        let mut more = delta(json!({"content": word}), Value::Null);
        let logprobs = reply.logprobs(word);
        if !logprobs.is_null() {
            more["choices"][0]["logprobs"] = logprobs;
        }
        chunks.push(more);
    }
    for (index, call) in reply.calls.iter().enumerate() {
        let function = json!({"name": call.name, "arguments": ""});
        let opening =
            json!([{"index": index, "id": call.id, "type": "function", "function": function}]);
        chunks.push(delta(json!({"tool_calls": opening}), Value::Null));
    }
    let fragments: Vec<Vec<String>> =
        reply.calls.iter().map(|call| fragments(&call.arguments)).collect();
    for round in 0..FRAGMENTS {
        for (index, fragment) in
            fragments.iter().enumerate().filter_map(|(index, all)| Some((index, all.get(round)?)))
        {
            let more = json!([{"index": index, "function": {"arguments": fragment}}]);
            chunks.push(delta(json!({"tool_calls": more}), Value::Null));
        }
    }
    let mut end = delta(json!({}), json!(reply.finish_reason));
    if told == Told::AtTheEnd {
        end["usage"] = reply.usage();
    }
    chunks.push(end);
    if include_usage {
        let mut last = chunk(json!([]));
        last["usage"] = reply.usage();
        chunks.push(last);
    }
    chunks
}

fn fragments(arguments: &str) -> Vec<String> {
    let letters: Vec<char> = arguments.chars().collect();
    let length = letters.len().div_ceil(FRAGMENTS).max(1);
    letters.chunks(length).map(|part| part.iter().collect()).collect()
}

/// The body of a streamed answer, with a pause before each chunk.
pub(super) fn body(chunks: Vec<Value>, delay: Duration) -> Body {
    let events = chunks.into_iter().map(|chunk| chunk.to_string()).chain(["[DONE]".to_owned()]);
    Body::from_stream(stream::unfold(events, move |mut events| async move {
        let event = events.next()?;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        Some((Ok::<_, Infallible>(format!("data: {event}\n\n")), events))
    }))
}
