//! The content of a message, in any of the forms that are in use.

use callsign_core::words::content::{Content, Part};
use serde_json::{Map, Value};

use super::history::Notes;
use super::report::RepairKind;

/// An id: a text, or a number's digits; empty where there is none.
pub(super) fn id(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A content of which only the text has a place.
pub(super) fn text(value: Option<&Value>, notes: &mut Notes<'_>) -> String {
    match parts(value, Odd::LeftOut, notes) {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let mut text = String::new();
            for part in &parts {
                match part.as_text() {
                    Some(more) => text.push_str(more),
                    None => notes.add(RepairKind::PartLeftOut { kind: kind_of(part) }),
                }
            }
            text
        }
    }
}

/// What becomes of a part of a known kind that says more than our own one can, or says it in
/// another form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// It is kept as it is, as one of a kind that is not known.
    Kept,
    /// What has no place is left out, and told.
    LeftOut,
}

/// A content: a text or parts.
pub(super) fn parts(value: Option<&Value>, odd: Odd, notes: &mut Notes<'_>) -> Content {
    match value {
        None | Some(Value::Null) => Content::default(),
        Some(Value::String(text)) => Content::Text(text.clone()),
        Some(Value::Array(items)) => {
            Content::Parts(items.iter().filter_map(|item| part(item, odd, notes)).collect())
        }
        Some(other) => {
            notes.add(RepairKind::ContentAsText);
            Content::Text(other.to_string())
        }
    }
}

/// One part. One whose kind is not known is kept as it is.
fn part(item: &Value, odd: Odd, notes: &mut Notes<'_>) -> Option<Part> {
    let fields = match item {
        Value::Null => return None,
        Value::String(text) => return Some(Part::text(&**text)),
        Value::Object(fields) => fields,
        _ => {
            notes.add(RepairKind::PartLeftOut { kind: String::new() });
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
    let says_something = fields.iter().any(|(name, value)| name != "type" && !value.is_null());
    let names = without_place(known, fields);
    if odd == Odd::Kept && says_something && (part.is_none() || !names.is_empty()) {
        return Some(Part::Other(as_kind(known, fields)));
    }
    if part.is_none() {
        notes.add(RepairKind::PartLeftOut { kind: kind.to_owned() });
        return None;
    }
    for name in names {
        notes.field_left_out(format!("{known}.{name}"));
    }
    part
}

/// The fields of a part of this kind that ours has no place for; null says nothing.
fn without_place<'a>(known: &str, fields: &'a Map<String, Value>) -> Vec<&'a str> {
    let outer = fields.iter().filter(|(name, _)| **name != *known && **name != "type");
    let inner = fields.get(known).and_then(Value::as_object).into_iter().flatten();
    let inner = inner.filter(|(name, value)| !has_place(known, name, value));
    let fields = outer.chain(inner).filter(|(_, value)| !value.is_null());
    fields.map(|(name, _)| &**name).collect()
}

/// The whole part, by the name that its kind has in this API.
fn as_kind(known: &str, fields: &Map<String, Value>) -> Value {
    let mut fields = fields.clone();
    fields.insert("type".to_owned(), known.into());
    Value::Object(fields)
}

/// Whether the field of a part's object is one that we have.
fn has_place(kind: &str, name: &str, value: &Value) -> bool {
    match kind {
        "image_url" => name == "url" || (name == "detail" && value.is_string()),
        "input_audio" => matches!(name, "data" | "format"),
        _ => name == "url",
    }
}

fn text_part(item: &Value) -> Option<Part> {
    item["text"].as_str().map(Part::text)
}

/// An address: a text, or an object with one.
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
