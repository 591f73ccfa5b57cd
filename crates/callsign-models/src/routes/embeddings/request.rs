//! [`EmbeddingRequest`]: the texts or images to embed, and options.

use serde_json::{Map, Value, json};

use crate::media::image::Image;

/// A request for embeddings of texts or images.
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
    /// The texts or images to embed.
    pub input: EmbeddingInput,
    /// The length of the vectors, for models that support several.
    pub dimensions: Option<u32>,
    /// The encoding of vectors in the response. Both encodings give the same vectors; base64 is
    /// shorter.
    pub encoding_format: Option<EncodingFormat>,
    /// The purpose of the vectors, for models that distinguish queries from documents.
    pub input_type: Option<InputType>,
    /// Additional fields of the request body, sent unchanged.
    pub extra: Map<String, Value>,
}

/// The inputs of an embedding request. Each yields one vector.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EmbeddingInput {
    /// Texts, for the route `/embeddings`.
    Texts(Vec<String>),
    /// Images, for the route `/images/embeddings`.
    Images(Vec<EmbeddingImage>),
}

/// An image to embed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingImage {
    /// A `data:` URL.
    pub image: String,
    /// A text that is embedded with the image, for models that support it.
    pub text: Option<String>,
}

impl EmbeddingImage {
    /// Creates an input from a `data:` URL or an [`Image`].
    pub fn new(image: impl Into<Self>) -> Self {
        image.into()
    }

    /// Sets the text that is embedded with the image.
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

/// The encoding of vectors in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodingFormat {
    /// `float`: JSON numbers.
    Float,
    /// `base64`: the bytes of 32-bit floats, the least significant byte first.
    Base64,
    /// Another encoding, such as `int8`. Its vectors can be decoded if they are JSON numbers.
    Other(String),
}

/// The purpose of vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputType {
    /// `text`: no particular purpose.
    Text,
    /// `query`: to search documents.
    Query,
    /// `document`: to be found by queries.
    Document,
    /// Another purpose, as the provider spells it.
    Other(String),
}

impl EmbeddingRequest {
    /// Creates a request to embed texts.
    pub fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(EmbeddingInput::Texts(texts.into_iter().map(Into::into).collect()))
    }

    /// Creates a request to embed images.
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

    /// Adds a field to the request body, such as `user`.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Returns the number of inputs.
    pub(super) fn count(&self) -> usize {
        match &self.input {
            EmbeddingInput::Texts(texts) => texts.len(),
            EmbeddingInput::Images(images) => images.len(),
        }
    }

    /// Returns the route, relative to the endpoint's path.
    pub(super) fn route(&self) -> &'static str {
        match &self.input {
            EmbeddingInput::Texts(_) => "/embeddings",
            EmbeddingInput::Images(_) => "/images/embeddings",
        }
    }

    /// Returns the request body for this model.
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
