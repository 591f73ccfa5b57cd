//! The wire's JSON of embeddings into vectors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use callsign_core::words::usage::Usage;
use serde_json::{Map, Value};

use super::reply::{Embedding, Embeddings};
use crate::routes::answer::take_text;

/// Reads a reply that should have so many vectors; else says what is wrong with it.
pub(super) fn embeddings(
    mut fields: Map<String, Value>,
    expected: usize,
) -> Result<Embeddings, String> {
    let Some(Value::Array(list)) = fields.remove("data") else {
        return Err("it has no list of embeddings".to_owned());
    };
    if list.len() != expected {
        return Err(format!("it has {} embeddings in place of {expected}", list.len()));
    }
    let mut data = Vec::with_capacity(list.len());
    for (at, value) in list.into_iter().enumerate() {
        let Value::Object(fields) = value else {
            return Err(format!("embedding {at} is no object"));
        };
        data.push(embedding(fields, at)?);
    }
    // Each says which it is, and nobody promises that they come in order.
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

/// Reads one embedding, with its index; where it has none, its place says it.
fn embedding(mut fields: Map<String, Value>, at: usize) -> Result<(u64, Embedding), String> {
    let index = match fields.remove("index") {
        Some(index) => index.as_u64(),
        None => None,
    };
    let vector = match fields.remove("embedding") {
        Some(Value::Array(numbers)) => of_numbers(&numbers),
        Some(Value::String(text)) => of_base64(&text),
        _ => return Err(format!("embedding {at} has no vector")),
    };
    let vector = vector.ok_or_else(|| format!("the vector of embedding {at} is malformed"))?;
    fields.remove("object");
    let index = index.unwrap_or_else(|| u64::try_from(at).unwrap_or(u64::MAX));
    Ok((index, Embedding { vector, extra: fields }))
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are of 32-bit floats everywhere")]
fn of_numbers(numbers: &[Value]) -> Option<Vec<f32>> {
    numbers.iter().map(|number| number.as_f64().map(|number| number as f32)).collect()
}

/// The floats whose bytes these are. Some services leave the padding out.
fn of_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD_PAD_INDIFFERENT.decode(text.trim()).ok()?;
    let (floats, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Takes the usage out of the fields. One that says more stays among them as well.
fn take_usage(fields: &mut Map<String, Value>) -> Option<Usage> {
    const KNOWN: [&str; 3] = ["prompt_tokens", "completion_tokens", "total_tokens"];
    let usage = fields.get("usage")?.as_object()?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64).unwrap_or(0);
    let told = Usage::new(count("prompt_tokens"), count("completion_tokens"));
    if usage.keys().all(|name| KNOWN.contains(&&**name)) {
        fields.remove("usage");
    }
    Some(told)
}
