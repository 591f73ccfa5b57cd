//! Images and audio from files.

use std::path::PathBuf;

use callsign_models::media::audio::Audio;
use callsign_models::media::image::Image;
use callsign_types::content::Part;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

/// Creates a file in Cargo's folder for tests.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[tokio::test]
async fn image_becomes_a_data_url() {
    // The file extension is wrong, which does not matter.
    let image = Image::read(file("chart.jpg", PNG)).await.unwrap();
    assert_eq!(image.media_type(), "image/png");
    assert_eq!(image.data_url(), "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==");
    assert_eq!(
        format!("{image:?}"),
        r#"Image { media_type: "image/png", bytes: 16, detail: None }"#
    );
    let url = image.data_url();
    let expected = Part::ImageUrl { url, detail: Some("low".to_owned()) };
    assert_eq!(Part::from(image.detail("low")), expected);
}

#[tokio::test]
async fn audio_becomes_a_part_with_its_format() {
    let audio = Audio::read(file("hello.wav", WAV)).await.unwrap();
    let data = "UklGRiQAAABXQVZFZm10IA==".to_owned();
    assert_eq!(Part::from(audio), Part::InputAudio { data, format: "wav".to_owned() });
    assert_eq!(Audio::from_bytes(*b"ID3\x04").unwrap().format(), "mp3");
}

#[tokio::test]
async fn unsupported_files_are_configuration_errors() {
    let error = Image::read(file("chart.png", b"%PDF-1.7")).await.unwrap_err();
    assert!(error.is_configuration());
    let message = error.to_string();
    let end = "not a supported image format (PNG, JPEG, GIF, WebP or BMP)";
    assert!(message.ends_with(&format!("chart.png is a PDF document, {end}")), "{message}");
    let message = Image::from_bytes(WAV).unwrap_err().to_string();
    assert_eq!(message, format!("the image is audio, {end}"));
    let message = Audio::from_bytes(PNG).unwrap_err().to_string();
    assert_eq!(message, "the audio is an image, not a supported audio format (WAV or MP3)");
    let message = Image::from_bytes([]).unwrap_err().to_string();
    assert_eq!(message, format!("the image is empty, {end}"));
    let error = Image::read("no such file.png").await.unwrap_err();
    assert!(error.to_string().contains("cannot read no such file.png"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    let error = Image::read(env!("CARGO_TARGET_TMPDIR")).await.unwrap_err();
    assert!(
        error.is_configuration() && error.to_string().contains("not a regular file"),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn device_is_a_configuration_error() {
    let error = Image::read("/dev/zero").await.unwrap_err();
    assert_eq!(error.to_string(), "/dev/zero is not a regular file");
}
