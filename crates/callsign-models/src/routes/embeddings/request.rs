//! What is to be embedded, and how.

use serde_json::{Map, Value, json};

use crate::media::image::Image;

/// What is to be embedded, texts or images, and how.
///
/// ```
/// use callsign_models::routes::embeddings::request::{EmbeddingRequest, InputType};
///
/// let request = EmbeddingRequest::texts(["Flights to Seattle"])
///     .dimensions(256)
///     .input_type(InputType::Query);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EmbeddingRequest {
    /// What is to be embedded.
    pub input: EmbeddingInput,
    /// How many numbers a vector should have, for models that leave the choice.
    pub dimensions: Option<u32>,
    /// How the vectors come over the wire. Both ways give the same vectors; base64 is shorter.
    pub encoding_format: Option<EncodingFormat>,
    /// What the vectors are for, for models that tell queries from documents.
    pub input_type: Option<InputType>,
    /// Any other field of the request's root, sent as it is.
    pub extra: Map<String, Value>,
}

/// What is to be embedded: one vector for each element.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EmbeddingInput {
    /// Texts, for the route `/embeddings`.
    Texts(Vec<String>),
    /// Images, for the route `/images/embeddings`.
    Images(Vec<EmbeddingImage>),
}

/// An image that is to be embedded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingImage {
    /// A `data:` URL.
    pub image: String,
    /// A text that is embedded with it, for models that take one.
    pub text: Option<String>,
}

impl EmbeddingImage {
    /// An image, by a `data:` URL or an [`Image`].
    pub fn new(image: impl Into<Self>) -> Self {
        image.into()
    }

    /// Sets the text that is embedded with it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

impl From<Image> for EmbeddingImage {
    fn from(image: Image) -> Self {
        image.data_url().into()
    }
}

impl From<String> for EmbeddingImage {
    fn from(image: String) -> Self {
        Self { image, text: None }
    }
}

impl From<&str> for EmbeddingImage {
    fn from(image: &str) -> Self {
        image.to_owned().into()
    }
}

/// How vectors come over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodingFormat {
    /// `float`: as numbers.
    Float,
    /// `base64`: as the bytes of 32-bit floats, the least significant byte first.
    Base64,
    /// Another, such as `int8`. Its vectors can be read where they come as numbers.
    Other(String),
}

/// What vectors are for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputType {
    /// `text`: nothing in particular.
    Text,
    /// `query`: to look for documents with.
    Query,
    /// `document`: to be found by queries.
    Document,
    /// Another, as the service spells it.
    Other(String),
}

impl EmbeddingRequest {
    /// A request to embed texts.
    pub fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(EmbeddingInput::Texts(texts.into_iter().map(Into::into).collect()))
    }

    /// A request to embed images.
    pub fn images(images: impl IntoIterator<Item = impl Into<EmbeddingImage>>) -> Self {
        Self::new(EmbeddingInput::Images(images.into_iter().map(Into::into).collect()))
    }

    fn new(input: EmbeddingInput) -> Self {
        Self { input, dimensions: None, encoding_format: None, input_type: None, extra: Map::new() }
    }

    /// Sets [`dimensions`](Self::dimensions).
    #[must_use]
    pub fn dimensions(mut self, dimensions: u32) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Sets [`encoding_format`](Self::encoding_format).
    #[must_use]
    pub fn encoding_format(mut self, format: EncodingFormat) -> Self {
        self.encoding_format = Some(format);
        self
    }

    /// Sets [`input_type`](Self::input_type).
    #[must_use]
    pub fn input_type(mut self, kind: InputType) -> Self {
        self.input_type = Some(kind);
        self
    }

    /// Adds a field to the request's root, such as `user`.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// How many vectors are asked for.
    pub(super) fn count(&self) -> usize {
        match &self.input {
            EmbeddingInput::Texts(texts) => texts.len(),
            EmbeddingInput::Images(images) => images.len(),
        }
    }

    /// The route, behind the endpoint's own path.
    pub(super) fn route(&self) -> &'static str {
        match &self.input {
            EmbeddingInput::Texts(_) => "/embeddings",
            EmbeddingInput::Images(_) => "/images/embeddings",
        }
    }

    /// The body that is sent, in which this model is named.
    pub(super) fn body(&self, model: Option<&str>) -> Map<String, Value> {
        let mut body = self.extra.clone();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("input", self.input.to_json());
        if let Some(dimensions) = self.dimensions {
            set("dimensions", dimensions.into());
        }
        if let Some(format) = &self.encoding_format {
            let format = match format {
                EncodingFormat::Float => "float",
                EncodingFormat::Base64 => "base64",
                EncodingFormat::Other(format) => format,
            };
            set("encoding_format", format.into());
        }
        if let Some(kind) = &self.input_type {
            let kind = match kind {
                InputType::Text => "text",
                InputType::Query => "query",
                InputType::Document => "document",
                InputType::Other(kind) => kind,
            };
            set("input_type", kind.into());
        }
        if let Some(model) = model {
            set("model", model.into());
        }
        body
    }
}

impl EmbeddingInput {
    fn to_json(&self) -> Value {
        match self {
            Self::Texts(texts) => json!(texts),
            Self::Images(images) => images
                .iter()
                .map(|image| match &image.text {
                    None => json!({ "image": image.image }),
                    Some(text) => json!({ "image": image.image, "text": text }),
                })
                .collect(),
        }
    }
}

impl From<&str> for EmbeddingRequest {
    fn from(text: &str) -> Self {
        Self::texts([text])
    }
}

impl From<String> for EmbeddingRequest {
    fn from(text: String) -> Self {
        Self::texts([text])
    }
}

impl<T: Into<String>> From<Vec<T>> for EmbeddingRequest {
    fn from(texts: Vec<T>) -> Self {
        Self::texts(texts)
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for EmbeddingRequest {
    fn from(texts: [T; N]) -> Self {
        Self::texts(texts)
    }
}

impl From<Image> for EmbeddingRequest {
    fn from(image: Image) -> Self {
        Self::images([image])
    }
}
