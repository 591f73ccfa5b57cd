//! Message content: text, or a list of parts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content of a message: a text, or a list of parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Text, images and audio in order.
    Parts(Vec<Part>),
}

impl Content {
    /// Returns the text of all parts, concatenated. Images and audio are skipped.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Parts(parts) => Cow::Owned(parts.iter().filter_map(Part::as_text).collect()),
        }
    }

    /// Returns whether the text or the list of parts is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Parts(parts) => parts.is_empty(),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Content {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Part> for Content {
    fn from(part: Part) -> Self {
        Self::Parts(vec![part])
    }
}

impl<const N: usize> From<[Part; N]> for Content {
    fn from(parts: [Part; N]) -> Self {
        Self::Parts(parts.into())
    }
}

impl From<Vec<Part>> for Content {
    fn from(parts: Vec<Part>) -> Self {
        Self::Parts(parts)
    }
}

/// One part of a message's content.
///
/// A part of a known type with unknown fields is read as [`Other`](Self::Other), so that no field
/// is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image, by URL.
    ImageUrl {
        /// An `https:` or `data:` URL.
        url: String,
        /// The level of detail: `auto`, `low` or `high`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Inline audio.
    InputAudio {
        /// The audio, encoded in base64.
        data: String,
        /// The format: `wav` or `mp3`.
        format: String,
    },
    /// Audio, by URL.
    AudioUrl {
        /// An `https:` or `data:` URL.
        url: String,
    },
    /// A part of an unknown type. It is kept and sent back unchanged.
    #[serde(untagged)]
    Other(Value),
}

impl Part {
    /// Creates a text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Creates an image part from an `https:` or `data:` URL.
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::ImageUrl { url: url.into(), detail: None }
    }

    /// Creates an image part with a level of detail: `auto`, `low` or `high`.
    pub fn image_url_in_detail(url: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::ImageUrl { url: url.into(), detail: Some(detail.into()) }
    }

    /// Creates an inline audio part from base64 `data` in `format`, which is `wav` or `mp3`.
    pub fn input_audio(data: impl Into<String>, format: impl Into<String>) -> Self {
        Self::InputAudio { data: data.into(), format: format.into() }
    }

    /// Creates an audio part from an `https:` or `data:` URL.
    pub fn audio_url(url: impl Into<String>) -> Self {
        Self::AudioUrl { url: url.into() }
    }

    /// Returns the text of a text part, including one with unknown fields.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Other(value) if value.get("type").is_some_and(|kind| kind == "text") => {
                value.get("text")?.as_str()
            }
            _ => None,
        }
    }
}
