//! Reading a request for embeddings, strictly.

use serde_json::Value;

use super::Kind;
use super::vector::{Feature, of_image, of_text};
use crate::practice::complaint::Complaint;
use crate::practice::media;
use crate::practice::request::estimate;

/// How many numbers a vector has where the request does not say.
const DIMENSIONS: u64 = 64;

/// The most numbers of a vector.
const MOST_DIMENSIONS: u64 = 4096;

/// The most texts or images of a request, which is OpenAI's limit.
const MOST_INPUTS: usize = 2048;

/// What an image counts for, in tokens.
const PER_IMAGE: usize = 85;

/// A request that is in order.
#[derive(Debug)]
pub(super) struct EmbeddingRequest {
    pub(super) inputs: Vec<Vec<Feature>>,
    pub(super) dimensions: usize,
    pub(super) base64: bool,
    /// An estimate over all inputs.
    pub(super) tokens: usize,
}

impl EmbeddingRequest {
    pub(super) fn read(body: &Value, kind: Kind) -> Result<Self, Complaint> {
        if !body.is_object() {
            return Err(Complaint::body("The body must be a JSON object."));
        }
        let (inputs, tokens) = inputs(&body["input"], kind)?;
        let known = |name: &str, words: &[&str]| match &body[name] {
            Value::Null => Ok(()),
            value if words.iter().any(|word| value == word) => Ok(()),
            _ => Err(Complaint::about(name, format!("{name} is one of {}.", words.join(", ")))),
        };
        known("encoding_format", &["float", "base64"])?;
        known("input_type", &["text", "query", "document"])?;
        Ok(Self {
            inputs,
            dimensions: dimensions(&body["dimensions"])?,
            base64: body["encoding_format"] == "base64",
            tokens,
        })
    }
}

fn dimensions(value: &Value) -> Result<usize, Complaint> {
    let number = if value.is_null() { Some(DIMENSIONS) } else { value.as_u64() };
    let fits = number.filter(|number| (1..=MOST_DIMENSIONS).contains(number));
    fits.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| {
        let why = format!("dimensions must be a whole number from 1 to {MOST_DIMENSIONS}.");
        Complaint::about("dimensions", why)
    })
}

fn inputs(value: &Value, kind: Kind) -> Result<(Vec<Vec<Feature>>, usize), Complaint> {
    let list = match value {
        Value::String(_) if kind == Kind::Texts => std::slice::from_ref(value),
        Value::Array(list) if (1..=MOST_INPUTS).contains(&list.len()) => list,
        _ => {
            let why = format!("input must be a list of 1 to {MOST_INPUTS} elements.");
            return Err(Complaint::about("input", why));
        }
    };
    let mut inputs = Vec::with_capacity(list.len());
    let mut tokens = 0;
    for (at, value) in list.iter().enumerate() {
        let (features, cost) = match kind {
            Kind::Texts => text(value),
            Kind::Images => image(value),
        }
        .map_err(|why| Complaint::about(format!("input.[{at}]"), why))?;
        inputs.push(features);
        tokens += cost;
    }
    Ok((inputs, tokens))
}

fn text(value: &Value) -> Result<(Vec<Feature>, usize), String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    let text = text.ok_or("An input must be a text that is not empty.")?;
    Ok((of_text(text), estimate(text)))
}

fn image(value: &Value) -> Result<(Vec<Feature>, usize), String> {
    let url = value["image"].as_str().ok_or("An input must be an object with an image.")?;
    let (kind, bytes) = media::image(url)?;
    let mut features = of_image(kind, &bytes);
    let mut tokens = PER_IMAGE;
    match &value["text"] {
        Value::Null => {}
        Value::String(text) => {
            features.extend(of_text(text));
            tokens += estimate(text);
        }
        _ => return Err("The text beside an image must be a text.".to_owned()),
    }
    Ok((features, tokens))
}
