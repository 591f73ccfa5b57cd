//! Parsing of message content, in all forms that providers use.

use callsign_types::content::{Content, Part};
use callsign_types::repair::Repair;
use serde_json::{Map, Value};

use super::history::RepairLog;

/// Returns an id: a text, or the digits of a number; empty if absent.
pub(super) fn id(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Parses a content and returns only its text.
pub(super) fn text(value: Option<&Value>, repairs: &mut RepairLog<'_>) -> String {
    match parts(value, ExtraFields::Drop, repairs) {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let mut text = String::new();
            for part in &parts {
                match part.as_text() {
                    Some(more) => text.push_str(more),
                    None => repairs.add(Repair::PartLeftOut { kind: kind_of(part) }),
                }
            }
            text
        }
    }
}

/// The treatment of fields of a known part that [`Part`] does not support.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtraFields {
    /// Keeps the whole part unchanged as [`Part::Other`].
    Keep,
    /// Drops the fields and records that.
    Drop,
}

/// Parses a content: a text or a list of parts.
pub(super) fn parts(
    value: Option<&Value>,
    extra_fields: ExtraFields,
    repairs: &mut RepairLog<'_>,
) -> Content {
    match value {
        None | Some(Value::Null) => Content::default(),
        Some(Value::String(text)) => Content::Text(text.clone()),
        Some(Value::Array(items)) => Content::Parts(
            items.iter().filter_map(|item| part(item, extra_fields, repairs)).collect(),
        ),
        Some(other) => {
            repairs.add(Repair::ContentAsText);
            Content::Text(other.to_string())
        }
    }
}

/// Parses one part. A part of an unknown type is kept unchanged.
fn part(item: &Value, extra_fields: ExtraFields, repairs: &mut RepairLog<'_>) -> Option<Part> {
    let fields = match item {
        Value::Null => return None,
        Value::String(text) => return Some(Part::text(&**text)),
        Value::Object(fields) => fields,
        _ => {
            repairs.add(Repair::PartLeftOut { kind: String::new() });
            return None;
        }
    };
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    let (known, part) = match kind {
        "text" | "input_text" | "output_text" => ("text", text_part(item)),
        "" if fields.contains_key("text") => ("text", text_part(item)),
        "image_url" => ("image_url", image(&item["image_url"])),
        "input_audio" => ("input_audio", audio(&item["input_audio"])),
        "audio_url" => ("audio_url", url(&item["audio_url"]).map(Part::audio_url)),
        _ => return Some(Part::Other(item.clone())),
    };
    let has_content = fields.iter().any(|(name, value)| name != "type" && !value.is_null());
    let names = unsupported_fields(known, fields);
    if extra_fields == ExtraFields::Keep && has_content && (part.is_none() || !names.is_empty()) {
        return Some(Part::Other(with_type(known, fields)));
    }
    if part.is_none() {
        repairs.add(Repair::PartLeftOut { kind: kind.to_owned() });
        return None;
    }
    for name in names {
        repairs.dropped_field(format!("{known}.{name}"));
    }
    part
}

/// Returns the fields of a part that [`Part`] does not support. Null fields do not count.
fn unsupported_fields<'a>(known: &str, fields: &'a Map<String, Value>) -> Vec<&'a str> {
    let outer = fields.iter().filter(|(name, _)| **name != *known && **name != "type");
    let inner = fields.get(known).and_then(Value::as_object).into_iter().flatten();
    let inner = inner.filter(|(name, value)| !is_supported(known, name, value));
    let fields = outer.chain(inner).filter(|(_, value)| !value.is_null());
    fields.map(|(name, _)| &**name).collect()
}

/// Returns the whole part with the type name of this API.
fn with_type(known: &str, fields: &Map<String, Value>) -> Value {
    let mut fields = fields.clone();
    fields.insert("type".to_owned(), known.into());
    Value::Object(fields)
}

/// Returns whether [`Part`] supports this field of the part's inner object.
fn is_supported(kind: &str, name: &str, value: &Value) -> bool {
    match kind {
        "image_url" => name == "url" || (name == "detail" && value.is_string()),
        "input_audio" => matches!(name, "data" | "format"),
        _ => name == "url",
    }
}

fn text_part(item: &Value) -> Option<Part> {
    item["text"].as_str().map(Part::text)
}

/// Returns a URL: a text, or the field `url` of an object.
fn url(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value["url"].as_str()).map(str::to_owned)
}

fn image(value: &Value) -> Option<Part> {
    let detail = value["detail"].as_str().map(str::to_owned);
    url(value).map(|url| Part::ImageUrl { url, detail })
}

fn audio(value: &Value) -> Option<Part> {
    let field = |name: &str| value[name].as_str().map(str::to_owned);
    Some(Part::InputAudio { data: field("data")?, format: field("format")? })
}

fn kind_of(part: &Part) -> String {
    match part {
        Part::Other(value) => value["type"].as_str().unwrap_or_default().to_owned(),
        Part::ImageUrl { .. } => "image_url".to_owned(),
        Part::InputAudio { .. } => "input_audio".to_owned(),
        Part::AudioUrl { .. } => "audio_url".to_owned(),
        _ => "text".to_owned(),
    }
}
