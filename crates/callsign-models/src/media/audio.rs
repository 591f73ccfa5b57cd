//! [`Audio`]: audio that is sent along.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use callsign_core::words::content::Part;
use callsign_core::words::error::Error;

use super::{read, sniff};

/// Audio that is sent along in a message. Audio that is on the web already needs none of this:
/// [`Part::AudioUrl`] takes its address.
#[derive(Clone, PartialEq, Eq)]
pub struct Audio {
    format: &'static str,
    bytes: Vec<u8>,
}

impl Audio {
    /// Reads audio from a file: WAV or MP3.
    ///
    /// # Errors
    /// A configuration error where the file cannot be read, has more than 64 MiB, or is neither.
    pub async fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::new(read::file(path).await?, &path.display())
    }

    /// Takes the bytes of audio: WAV or MP3.
    ///
    /// # Errors
    /// A configuration error where they are neither.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Self::new(bytes.into(), &"the audio")
    }

    fn new(bytes: Vec<u8>, named: &dyn fmt::Display) -> Result<Self, Error> {
        let Some(format) = sniff::audio(&bytes) else {
            return Err(Error::configuration(format!(
                "{named} is no audio that can be sent (WAV or MP3), but {}",
                sniff::otherwise(&bytes)
            )));
        };
        Ok(Self { format, bytes })
    }

    /// The format, in the wire's word for it: `wav` or `mp3`.
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
