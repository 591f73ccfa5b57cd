//! Embeddings of texts and images: hashed features, so that inputs with common words are similar.

mod request;
mod vector;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use self::request::EmbeddingRequest;
use crate::error::ApiError;
use crate::hash::fnv1a;
use crate::server::NAME;

/// What the inputs of a request are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Texts,
    Images,
}

/// Returns the response body for an embeddings request.
///
/// # Errors
/// Returns an error with status 400 for the first invalid field.
pub(crate) fn respond(body: &Value, kind: InputKind) -> Result<Value, ApiError> {
    let request = EmbeddingRequest::parse(body, kind)?;
    let encode = |vector: Vec<f32>| {
        if request.base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            Value::from(BASE64_STANDARD.encode(bytes))
        } else {
            json!(vector)
        }
    };
    let data = request.inputs.iter().enumerate().map(|(index, features)| {
        let vector = vector::embed(features, request.dimensions);
        json!({"object": "embedding", "index": index, "embedding": encode(vector)})
    });
    let data: Vec<Value> = data.collect();
    Ok(json!({
        "id": format!("embd-practice-{:016x}", fnv1a(&body["input"].to_string())),
        "object": "list",
        "data": data,
        "model": NAME,
        "usage": {"prompt_tokens": request.tokens, "total_tokens": request.tokens},
    }))
}

#[cfg(test)]
mod tests;
