//! [`Image`]: an image that is sent along.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use callsign_core::words::content::Part;
use callsign_core::words::error::Error;

use super::{read, sniff};

/// An image that is sent along in a message, as a `data:` URL. An image that is on the web
/// already needs none of this: [`Part::image_url`] takes its address.
///
/// ```no_run
/// use callsign_core::words::content::Part;
/// use callsign_models::media::image::Image;
///
/// # async fn ask() -> Result<(), callsign_core::words::error::Error> {
/// let chart = Image::read("chart.png").await?.detail("low");
/// let question = vec![Part::text("What does the chart say?"), chart.into()];
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    media_type: &'static str,
    bytes: Vec<u8>,
    detail: Option<String>,
}

impl Image {
    /// Reads an image from a file: PNG, JPEG, GIF, WebP or BMP.
    ///
    /// # Errors
    /// A configuration error where the file cannot be read, has more than 64 MiB, or is none of
    /// these.
    pub async fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::new(read::file(path).await?, &path.display())
    }

    /// Takes the bytes of an image: PNG, JPEG, GIF, WebP or BMP.
    ///
    /// # Errors
    /// A configuration error where they are none of these.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Self::new(bytes.into(), &"the image")
    }

    fn new(bytes: Vec<u8>, named: &dyn fmt::Display) -> Result<Self, Error> {
        let Some(media_type) = sniff::image(&bytes) else {
            return Err(Error::configuration(format!(
                "{named} is no image that can be sent (PNG, JPEG, GIF, WebP or BMP), but {}",
                sniff::otherwise(&bytes)
            )));
        };
        Ok(Self { media_type, bytes, detail: None })
    }

    /// Sets how closely the model should look: `auto`, `low` or `high`. Unset is not sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The media type, such as `image/png`.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.media_type
    }

    /// The image as a `data:` URL.
    #[must_use]
    pub fn data_url(&self) -> String {
        let mut url = format!("data:{};base64,", self.media_type);
        BASE64_STANDARD.encode_string(&self.bytes, &mut url);
        url
    }
}

impl From<Image> for Part {
    fn from(image: Image) -> Self {
        Self::ImageUrl { url: image.data_url(), detail: image.detail }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes.len())
            .field("detail", &self.detail)
            .finish()
    }
}
