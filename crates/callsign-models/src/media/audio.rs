//! [`Audio`]: audio in a message.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use callsign_types::content::Part;
use callsign_types::error::Error;

use super::{detect, read};

/// Audio that is embedded in a message. For audio on the web, use [`Part::AudioUrl`] instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Audio {
    format: &'static str,
    bytes: Vec<u8>,
}

impl Audio {
    /// Reads audio from a file: WAV or MP3.
    ///
    /// # Errors
    /// Returns a configuration error if the file cannot be read, exceeds 64 MiB, or has another
    /// format.
    pub async fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::new(read::file(path).await?, &path.display())
    }

    /// Creates audio from the bytes of a WAV or MP3 file.
    ///
    /// # Errors
    /// Returns a configuration error if the bytes have another format.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Self::new(bytes.into(), &"the audio")
    }

    fn new(bytes: Vec<u8>, label: &dyn fmt::Display) -> Result<Self, Error> {
        let Some(format) = detect::audio(&bytes) else {
            return Err(Error::configuration(format!(
                "{label} is {}, not a supported audio format (WAV or MP3)",
                detect::describe(&bytes)
            )));
        };
        Ok(Self { format, bytes })
    }

    /// Returns the format: `wav` or `mp3`.
    #[must_use]
    pub fn format(&self) -> &str {
        self.format
    }
}

impl From<Audio> for Part {
    fn from(audio: Audio) -> Self {
        let data = BASE64_STANDARD.encode(&audio.bytes);
        Self::InputAudio { data, format: audio.format.to_owned() }
    }
}

impl fmt::Debug for Audio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audio")
            .field("format", &self.format)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
