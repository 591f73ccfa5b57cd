//! Images and audio clips: validation, and short descriptions for the response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde_json::Value;

use crate::error::ApiError;

/// Describes the images and audio clips of a message's content, for example "an image (PNG, 3 kB)".
///
/// # Errors
/// Returns an error with status 400 if one is malformed.
pub(crate) fn describe_parts(content: &Value, field: &str) -> Result<Vec<String>, ApiError> {
    let mut descriptions = Vec::new();
    for (at, part) in content.as_array().into_iter().flatten().enumerate() {
        let field = format!("{field}.[{at}]");
        let description = match part["type"].as_str() {
            Some("image_url") => image_url(&part["image_url"]),
            Some("input_audio") => input_audio(&part["input_audio"]),
            Some("audio_url") => audio_url(&part["audio_url"]),
            _ => continue,
        };
        descriptions.push(description.map_err(|why| ApiError::invalid_value(field, why))?);
    }
    Ok(descriptions)
}

/// Decodes the image of a data URL and returns its format, for example "PNG", and its bytes.
///
/// # Errors
/// Returns a message if the URL or the image is malformed.
pub(crate) fn decode_image(url: &str) -> Result<(&'static str, Vec<u8>), String> {
    let bytes = decode_data_url(url, "image")?;
    let format =
        image_format(&bytes).ok_or("The image data is not PNG, JPEG, GIF, WebP or BMP.")?;
    Ok((format, bytes))
}

fn image_url(value: &Value) -> Result<String, String> {
    let url = value["url"].as_str().ok_or("An image_url part needs image_url.url.")?;
    match value["detail"].as_str() {
        Some("auto" | "low" | "high") => {}
        None if value["detail"].is_null() => {}
        _ => return Err("The detail of an image must be auto, low or high.".to_owned()),
    }
    if let Some(host) = host(url) {
        return Ok(format!("an image at {host}"));
    }
    let (format, bytes) = decode_image(url)?;
    Ok(format!("an image ({format}, {})", size(bytes.len())))
}

fn input_audio(value: &Value) -> Result<String, String> {
    let (Some(text), Some(format)) = (value["data"].as_str(), value["format"].as_str()) else {
        return Err("An input_audio part needs its data and its format.".to_owned());
    };
    let bytes = decode_base64(text).ok_or("The audio data is not valid base64.")?;
    let matches_format = match format {
        "wav" => bytes.starts_with(b"RIFF"),
        "mp3" => bytes.starts_with(b"ID3") || bytes.starts_with(&[0xFF]),
        _ => return Err(format!("'{format}' is not an audio format: use wav or mp3.")),
    };
    if !matches_format {
        return Err(format!("The audio data is not {format}."));
    }
    Ok(format!("audio ({}, {})", format.to_uppercase(), size(bytes.len())))
}

fn audio_url(value: &Value) -> Result<String, String> {
    let url = value["url"].as_str().ok_or("An audio_url part needs audio_url.url.")?;
    if let Some(host) = host(url) {
        return Ok(format!("audio at {host}"));
    }
    Ok(format!("audio ({})", size(decode_data_url(url, "audio")?.len())))
}

/// Returns the host of an `http` or `https` URL. `None` if it is another kind of URL.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

/// Decodes a base64 data URL whose media type is `media_type/…`.
fn decode_data_url(url: &str, media_type: &str) -> Result<Vec<u8>, String> {
    let malformed = || {
        format!(
            "The URL is neither an http URL nor a data URL of the form data:{media_type}/…;base64,…."
        )
    };
    let rest = url.strip_prefix("data:").and_then(|rest| rest.strip_prefix(media_type));
    let (subtype, text) = rest
        .and_then(|rest| rest.strip_prefix('/')?.split_once(";base64,"))
        .ok_or_else(malformed)?;
    if subtype.is_empty() {
        return Err(malformed());
    }
    decode_base64(text)
        .ok_or_else(|| "The data URL has no valid base64 after its comma.".to_owned())
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_PAD_INDIFFERENT.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

/// Detects an image format by the first bytes of the file.
fn image_format(bytes: &[u8]) -> Option<&'static str> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let signatures: [(&[u8], &str); 4] = [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
    ];
    let found = signatures.into_iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, format)| format).or(webp.then_some("WebP"))
}

/// Formats a number of bytes. Sizes from 1000 bytes up are in kilobytes, rounded up.
fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} bytes") } else { format!("{} kB", bytes.div_ceil(1000)) }
}
