//! [`Image`]: an image in a message.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use callsign_types::content::Part;
use callsign_types::error::Error;

use super::{detect, read};

/// An image that is embedded in a message as a `data:` URL. For an image on the web, use
/// [`Part::image_url`] instead.
///
/// ```no_run
/// use callsign_types::content::Part;
/// use callsign_models::media::image::Image;
///
/// # async fn ask() -> Result<(), callsign_types::error::Error> {
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
    /// Returns a configuration error if the file cannot be read, exceeds 64 MiB, or has another
    /// format.
    pub async fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::new(read::file(path).await?, &path.display())
    }

    /// Creates an image from the bytes of a PNG, JPEG, GIF, WebP or BMP file.
    ///
    /// # Errors
    /// Returns a configuration error if the bytes have another format.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Self::new(bytes.into(), &"the image")
    }

    fn new(bytes: Vec<u8>, label: &dyn fmt::Display) -> Result<Self, Error> {
        let Some(media_type) = detect::image(&bytes) else {
            return Err(Error::configuration(format!(
                "{label} is {}, not a supported image format (PNG, JPEG, GIF, WebP or BMP)",
                detect::describe(&bytes)
            )));
        };
        Ok(Self { media_type, bytes, detail: None })
    }

    /// Sets the detail level: `auto`, `low` or `high`. By default the field is not sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Returns the media type, such as `image/png`.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.media_type
    }

    /// Returns the image as a `data:` URL.
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
