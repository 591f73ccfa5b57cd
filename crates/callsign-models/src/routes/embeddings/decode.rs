//! Decoding of embedding responses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use callsign_types::usage::Usage;
use serde_json::{Map, Value};

use super::reply::{Embedding, Embeddings};
use crate::routes::response::take_text;

/// Decodes a response that must have `expected` vectors. Returns what is wrong with it otherwise.
pub(super) fn embeddings(
    mut fields: Map<String, Value>,
    expected: usize,
) -> Result<Embeddings, String> {
    let Some(Value::Array(list)) = fields.remove("data") else {
        return Err("`data` is not a list of embeddings".to_owned());
    };
    if list.len() != expected {
        return Err(format!("{} embeddings instead of {expected}", list.len()));
    }
    let mut data = Vec::with_capacity(list.len());
    for (at, value) in list.into_iter().enumerate() {
        let Value::Object(fields) = value else {
            return Err(format!("embedding {at} is not an object"));
        };
        data.push(embedding(fields, at)?);
    }
    // Embeddings have an index, because their order is not guaranteed.
    data.sort_by_key(|(index, _)| *index);
    if data.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("two embeddings have the same index".to_owned());
    }
    fields.remove("object");
    Ok(Embeddings {
        data: data.into_iter().map(|(_, embedding)| embedding).collect(),
        id: take_text(&mut fields, "id"),
        model: take_text(&mut fields, "model"),
        usage: take_usage(&mut fields),
        extra: fields,
    })
}

/// Decodes one embedding and its index, which defaults to the position.
fn embedding(mut fields: Map<String, Value>, at: usize) -> Result<(u64, Embedding), String> {
    let index = match fields.remove("index") {
        Some(index) => index.as_u64(),
        None => None,
    };
    let vector = match fields.remove("embedding") {
        Some(Value::Array(numbers)) => from_numbers(&numbers),
        Some(Value::String(text)) => from_base64(&text),
        _ => return Err(format!("embedding {at} has no vector")),
    };
    let vector = vector.ok_or_else(|| format!("embedding {at} has an invalid vector"))?;
    fields.remove("object");
    let index = index.unwrap_or_else(|| u64::try_from(at).unwrap_or(u64::MAX));
    Ok((index, Embedding { vector, extra: fields }))
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are of 32-bit floats everywhere")]
fn from_numbers(numbers: &[Value]) -> Option<Vec<f32>> {
    numbers.iter().map(|number| number.as_f64().map(|number| number as f32)).collect()
}

/// Decodes base64 of little-endian floats. Some providers omit the padding.
fn from_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD_PAD_INDIFFERENT.decode(text.trim()).ok()?;
    let (floats, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Removes and returns the usage. A usage with further fields is also kept as it is.
fn take_usage(fields: &mut Map<String, Value>) -> Option<Usage> {
    const KNOWN: [&str; 3] = ["prompt_tokens", "completion_tokens", "total_tokens"];
    let usage = fields.get("usage")?.as_object()?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64).unwrap_or(0);
    let known = Usage::new(count("prompt_tokens"), count("completion_tokens"));
    if usage.keys().all(|name| KNOWN.contains(&&**name)) {
        fields.remove("usage");
    }
    Some(known)
}
