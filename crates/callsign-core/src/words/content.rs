//! What a message holds: text, or parts of several kinds.

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
    /// All the text in it, parts one after another; images and audio are passed over.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Parts(parts) => Cow::Owned(parts.iter().filter_map(Part::as_text).collect()),
        }
    }

    /// Whether there is nothing in it.
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

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<Part>> for Content {
    fn from(parts: Vec<Part>) -> Self {
        Self::Parts(parts)
    }
}

/// One part of a content.
///
/// A part of a known kind that has fields beyond the known ones is read as [`Other`](Self::Other),
/// so that nothing of it is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// An image, by its address or as a `data:` URL.
    ImageUrl {
        /// An `https:` or `data:` URL.
        url: String,
        /// How closely the model should look: `auto`, `low` or `high`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Audio, sent along.
    InputAudio {
        /// The bytes in base64.
        data: String,
        /// `wav` or `mp3`.
        format: String,
    },
    /// Audio, by its address.
    AudioUrl {
        /// An `https:` or `data:` URL.
        url: String,
    },
    /// A part that this version does not know, kept as it came and sent back so.
    #[serde(untagged)]
    Other(Value),
}

impl Part {
    /// A text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// An image part, by an `https:` or `data:` URL.
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::ImageUrl { url: url.into(), detail: None }
    }

    /// An image part, and how closely the model should look at it: `auto`, `low` or `high`.
    pub fn image_url_in_detail(url: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::ImageUrl { url: url.into(), detail: Some(detail.into()) }
    }

    /// An audio part that is sent along: its bytes in base64, and `wav` or `mp3`.
    pub fn input_audio(data: impl Into<String>, format: impl Into<String>) -> Self {
        Self::InputAudio { data: data.into(), format: format.into() }
    }

    /// An audio part, by an `https:` or `data:` URL.
    pub fn audio_url(url: impl Into<String>) -> Self {
        Self::AudioUrl { url: url.into() }
    }

    /// The text of a text part, whatever else is in it.
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
