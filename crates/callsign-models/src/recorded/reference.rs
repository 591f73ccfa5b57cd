//! The plain reading that decoding is held against: it walks the JSON, knows nothing of the
//! assembler, and its pieces of calls go by their index, or stand alone.

use callsign_core::words::finish::FinishReason;
use serde_json::Value;

/// What matters of a reply.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gist {
    pub(super) text: String,
    pub(super) calls: Vec<(String, String)>,
    pub(super) finish_reason: Option<String>,
    /// Tokens in and out, those of them that were cached, and those spent on reasoning.
    pub(super) usage: Option<[u64; 4]>,
}

/// The gist of a body; `None` where it is not the JSON of chat completions.
pub(super) fn count(body: &str, streamed: bool) -> Option<Gist> {
    let body = body.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let chunks: Vec<Value> = if streamed {
        let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
        let data = data.map(str::trim).filter(|data| !data.is_empty() && *data != "[DONE]");
        data.map(|data| serde_json::from_str(data).ok()).collect::<Option<_>>()?
    } else {
        vec![serde_json::from_str(&body).ok()?]
    };
    let mut gist = Gist::default();
    let mut indexes = Vec::new();
    for chunk in &chunks {
        let told = [&chunk["usage"], &chunk["x_groq"]["usage"]];
        if let Some(told) = told.into_iter().find(|told| told.is_object()) {
            gist.usage = Some(usage(told));
        }
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            if choice["index"].as_u64().unwrap_or(0) == 0 {
                take(choice, &mut gist, &mut indexes);
            }
        }
    }
    for (_, arguments) in &mut gist.calls {
        if arguments.is_empty() {
            arguments.push_str("{}");
        }
    }
    // The words of other services for the same reasons are folded as our own type says.
    gist.finish_reason = gist
        .finish_reason
        .map(|reason| FinishReason::from(&*reason).as_str().unwrap_or_default().to_owned());
    Some(gist)
}

fn take(choice: &Value, gist: &mut Gist, indexes: &mut Vec<Option<u64>>) {
    if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
        gist.finish_reason = Some(reason.to_owned());
    }
    let piece = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
    match &piece["content"] {
        Value::Array(parts) => {
            let text = parts.iter().filter(|part| part["type"] == "text");
            gist.text.extend(text.filter_map(|part| part["text"].as_str()));
        }
        content => gist.text.push_str(content.as_str().unwrap_or_default()),
    }
    for call in piece["tool_calls"].as_array().into_iter().flatten() {
        let index = call["index"].as_u64();
        let known = indexes.iter().position(|known| index.is_some() && *known == index);
        let at = known.unwrap_or_else(|| {
            indexes.push(index);
            gist.calls.push(Default::default());
            indexes.len() - 1
        });
        let function = &call["function"];
        gist.calls[at].0.push_str(function["name"].as_str().unwrap_or_default());
        gist.calls[at].1.push_str(function["arguments"].as_str().unwrap_or_default());
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
