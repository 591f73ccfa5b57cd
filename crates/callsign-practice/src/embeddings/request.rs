//! Parses and validates embeddings requests.

use serde_json::Value;

use super::InputKind;
use super::vector::{Feature, image_features, text_features};
use crate::error::ApiError;
use crate::request::media;
use crate::usage::{TOKENS_PER_MEDIUM, estimate_tokens};

/// The default number of dimensions.
const DEFAULT_DIMENSIONS: u64 = 64;

/// The maximum number of dimensions.
const MAX_DIMENSIONS: u64 = 4096;

/// The maximum number of inputs of a request. OpenAI has the same limit.
const MAX_INPUTS: usize = 2048;

/// A valid embeddings request.
#[derive(Debug)]
pub(super) struct EmbeddingRequest {
    /// The features of each input.
    pub(super) inputs: Vec<Vec<Feature>>,
    pub(super) dimensions: usize,
    /// Whether vectors are returned as base64 instead of arrays of numbers.
    pub(super) base64: bool,
    /// An estimate over all inputs.
    pub(super) tokens: usize,
}

impl EmbeddingRequest {
    pub(super) fn parse(body: &Value, kind: InputKind) -> Result<Self, ApiError> {
        if !body.is_object() {
            return Err(ApiError::invalid_body("The body must be a JSON object."));
        }
        let (inputs, tokens) = inputs(&body["input"], kind)?;
        let check_enum = |name: &str, values: &[&str]| match &body[name] {
            Value::Null => Ok(()),
            value if values.iter().any(|known| value == known) => Ok(()),
            _ => {
                let why = format!("{name} must be one of {}.", values.join(", "));
                Err(ApiError::invalid_value(name, why))
            }
        };
        check_enum("encoding_format", &["float", "base64"])?;
        check_enum("input_type", &["text", "query", "document"])?;
        Ok(Self {
            inputs,
            dimensions: dimensions(&body["dimensions"])?,
            base64: body["encoding_format"] == "base64",
            tokens,
        })
    }
}

fn dimensions(value: &Value) -> Result<usize, ApiError> {
    let number = if value.is_null() { Some(DEFAULT_DIMENSIONS) } else { value.as_u64() };
    let fits = number.filter(|number| (1..=MAX_DIMENSIONS).contains(number));
    fits.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| {
        let why = format!("dimensions must be an integer from 1 to {MAX_DIMENSIONS}.");
        ApiError::invalid_value("dimensions", why)
    })
}

fn inputs(value: &Value, kind: InputKind) -> Result<(Vec<Vec<Feature>>, usize), ApiError> {
    let list = match value {
        Value::String(_) if kind == InputKind::Texts => std::slice::from_ref(value),
        Value::Array(list) if (1..=MAX_INPUTS).contains(&list.len()) => list,
        _ => {
            let why = format!("input must be an array of 1 to {MAX_INPUTS} elements.");
            return Err(ApiError::invalid_value("input", why));
        }
    };
    let mut inputs = Vec::with_capacity(list.len());
    let mut tokens = 0;
    for (at, value) in list.iter().enumerate() {
        let (features, input_tokens) = match kind {
            InputKind::Texts => text_input(value),
            InputKind::Images => image_input(value),
        }
        .map_err(|why| ApiError::invalid_value(format!("input.[{at}]"), why))?;
        inputs.push(features);
        tokens += input_tokens;
    }
    Ok((inputs, tokens))
}

fn text_input(value: &Value) -> Result<(Vec<Feature>, usize), String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    let text = text.ok_or("An input must be a string that is not empty.")?;
    Ok((text_features(text), estimate_tokens(text)))
}

fn image_input(value: &Value) -> Result<(Vec<Feature>, usize), String> {
    let url = value["image"].as_str().ok_or("An input must be an object with an image URL.")?;
    let (format, bytes) = media::decode_image(url)?;
    let mut features = image_features(format, &bytes);
    let mut tokens = TOKENS_PER_MEDIUM;
    match &value["text"] {
        Value::Null => {}
        Value::String(text) => {
            features.extend(text_features(text));
            tokens += estimate_tokens(text);
        }
        _ => return Err("The text of an image input must be a string.".to_owned()),
    }
    Ok((features, tokens))
}
