//! Images and audio: whether they are what they should be, and what they are, in words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde_json::Value;

use super::complaint::Complaint;

/// The images and audio of a content, such as "an image (PNG, 3 kB)".
pub(super) fn described(content: &Value, field: &str) -> Result<Vec<String>, Complaint> {
    let mut described = Vec::new();
    for (at, part) in content.as_array().into_iter().flatten().enumerate() {
        let field = format!("{field}.[{at}]");
        let said = match part["type"].as_str() {
            Some("image_url") => image_url(&part["image_url"]),
            Some("input_audio") => input_audio(&part["input_audio"]),
            Some("audio_url") => audio_url(&part["audio_url"]),
            _ => continue,
        };
        described.push(said.map_err(|why| Complaint::about(field, why))?);
    }
    Ok(described)
}

/// The image of a data URL: its kind, such as "PNG", and its bytes; else what is wrong.
pub(super) fn image(url: &str) -> Result<(&'static str, Vec<u8>), String> {
    let bytes = data(url, "image")?;
    let kind =
        image_kind(&bytes).ok_or("The data of the image is no PNG, JPEG, GIF, WebP or BMP.")?;
    Ok((kind, bytes))
}

fn image_url(value: &Value) -> Result<String, String> {
    let url = value["url"].as_str().ok_or("An image_url part needs image_url.url.")?;
    match value["detail"].as_str() {
        Some("auto" | "low" | "high") => {}
        None if value["detail"].is_null() => {}
        _ => return Err("The detail of an image is auto, low or high.".to_owned()),
    }
    if let Some(host) = host(url) {
        return Ok(format!("an image at {host}"));
    }
    let (kind, bytes) = image(url)?;
    Ok(format!("an image ({kind}, {})", size(bytes.len())))
}

fn input_audio(value: &Value) -> Result<String, String> {
    let (Some(text), Some(format)) = (value["data"].as_str(), value["format"].as_str()) else {
        return Err("An input_audio part needs its data and its format.".to_owned());
    };
    let bytes = decode(text).ok_or("The data of the audio is no base64.")?;
    let begins = match format {
        "wav" => bytes.starts_with(b"RIFF"),
        "mp3" => bytes.starts_with(b"ID3") || bytes.starts_with(&[0xFF]),
        _ => return Err(format!("'{format}' is no format of audio: it is wav or mp3.")),
    };
    if !begins {
        return Err(format!("The data of the audio is no {format}."));
    }
    Ok(format!("audio ({}, {})", format.to_uppercase(), size(bytes.len())))
}

fn audio_url(value: &Value) -> Result<String, String> {
    let url = value["url"].as_str().ok_or("An audio_url part needs audio_url.url.")?;
    if let Some(host) = host(url) {
        return Ok(format!("audio at {host}"));
    }
    Ok(format!("audio ({})", size(data(url, "audio")?.len())))
}

/// The host of a web address.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

/// The bytes of a data URL of some image or some audio.
fn data(url: &str, what: &str) -> Result<Vec<u8>, String> {
    let wrong = || {
        format!(
            "The url is neither a web address nor a data URL of the kind data:{what}/…;base64,…."
        )
    };
    let rest = url.strip_prefix("data:").and_then(|rest| rest.strip_prefix(what));
    let (kind, text) =
        rest.and_then(|rest| rest.strip_prefix('/')?.split_once(";base64,")).ok_or_else(wrong)?;
    if kind.is_empty() {
        return Err(wrong());
    }
    decode(text).ok_or_else(|| "The data URL has no base64 behind its comma.".to_owned())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_PAD_INDIFFERENT.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

fn image_kind(bytes: &[u8]) -> Option<&'static str> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let kinds: [(&[u8], &str); 4] = [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
    ];
    let found = kinds.into_iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, kind)| kind).or(webp.then_some("WebP"))
}

/// A number of bytes, rounded up to kilobytes from one on.
fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} bytes") } else { format!("{} kB", bytes.div_ceil(1000)) }
}
