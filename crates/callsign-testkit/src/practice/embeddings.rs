//! Vectors of texts and images, made of the hashes of what is in them.

mod request;
mod vector;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use self::request::EmbeddingRequest;
use super::complaint::Complaint;
use super::server::NAME;

/// What a request may have embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Texts,
    Images,
}

/// The answer to a request for embeddings.
pub(super) fn answer(body: &Value, kind: Kind) -> Result<Value, Complaint> {
    let request = EmbeddingRequest::read(body, kind)?;
    let written = |vector: Vec<f32>| {
        if request.base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            Value::from(BASE64_STANDARD.encode(bytes))
        } else {
            json!(vector)
        }
    };
    let data = request.inputs.iter().enumerate().map(|(index, features)| {
        let vector = vector::of(features, request.dimensions);
        json!({"object": "embedding", "index": index, "embedding": written(vector)})
    });
    let data: Vec<Value> = data.collect();
    Ok(json!({
        "id": format!("embd-practice-{:016x}", super::request::digest(&body["input"].to_string())),
        "object": "list",
        "data": data,
        "model": NAME,
        "usage": {"prompt_tokens": request.tokens, "total_tokens": request.tokens},
    }))
}

#[cfg(test)]
mod tests;
