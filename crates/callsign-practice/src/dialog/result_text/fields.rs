//! Describes an object as a phrase: name, number, route, dates and times, then the other fields.

use serde_json::{Map, Value};

use super::values::describe_value;
use crate::language::lexicon::split_identifier;

// The order of the parts of a phrase.
const NAME: u8 = 0;
const ROUTE: u8 = 1;
const DATE: u8 = 2;
const DEPARTURE: u8 = 3;
const ARRIVAL: u8 = 4;
const OTHER: u8 = 5;
const LAST: u8 = 6;

/// Describes the fields of an object, in the order a person would use.
pub(super) fn describe_object(fields: &Map<String, Value>) -> String {
    let mut parts: Vec<(u8, String)> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    let name = first(fields, &used, &["airline", "carrier", "name", "title", "label"]);
    used.extend(name.as_ref().map(|(key, _)| *key));
    // A carrier may have a code and a name. The name says more.
    let is_code = name.as_ref().is_some_and(|(_, text)| text.len() <= 3);
    let full_name =
        if is_code { first(fields, &used, &["airline", "carrier", "name"]) } else { None };
    used.extend(full_name.as_ref().map(|(key, _)| *key));
    let number =
        first(fields, &used, &["number", "flight", "ident"]).filter(|(_, text)| text.len() < 24);
    used.extend(number.as_ref().map(|(key, _)| *key));
    let heading = [&full_name, &name, &number]
        .into_iter()
        .flatten()
        .map(|(_, text)| text.clone())
        .collect::<Vec<_>>()
        .join(" ");
    if !heading.is_empty() {
        parts.push((NAME, heading));
    }
    let origin = endpoint(fields, &used, &["origin", "from"]);
    let destination = endpoint(fields, &used, &["destination", "to", "dest"]);
    if let (Some((from, origin)), Some((to, destination))) = (&origin, &destination) {
        parts.push((ROUTE, format!("from {origin} to {destination}")));
        used.extend([*from, *to]);
    }
    for (key, value) in fields.iter().filter(|(key, _)| !used.contains(&key.as_str())) {
        if value.as_array().is_some_and(Vec::is_empty) {
            parts.push((LAST, format!("no {}", split_identifier(key).join(" "))));
        } else if let Some(text) = describe_value(value) {
            parts.push(describe_field(key, &text, value));
        }
    }
    parts.sort_by_key(|(rank, _)| *rank);
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// Returns the first string or number whose key has a word of `wanted`, in the order of `wanted`. Fields in `used`,
/// times, dates, counts and codes are excluded.
fn first<'a>(
    fields: &'a Map<String, Value>,
    used: &[&str],
    wanted: &[&str],
) -> Option<(&'a str, String)> {
    wanted.iter().find_map(|wanted| {
        fields.iter().find_map(|(key, value)| {
            let words = split_identifier(key);
            let is_excluded = words
                .iter()
                .any(|word| matches!(word.as_str(), "time" | "date" | "at" | "count" | "code"));
            let matches = words.iter().any(|word| word == wanted)
                && !is_excluded
                && !used.contains(&key.as_str());
            let is_scalar = value.is_string() || value.is_number();
            if matches && is_scalar { Some((key.as_str(), describe_value(value)?)) } else { None }
        })
    })
}

/// Returns an end of a route: a scalar field, or an object that describes a place.
fn endpoint<'a>(
    fields: &'a Map<String, Value>,
    used: &[&str],
    wanted: &[&str],
) -> Option<(&'a str, String)> {
    first(fields, used, wanted).or_else(|| {
        wanted.iter().find_map(|wanted| {
            let (key, value) = fields.get_key_value(*wanted)?;
            Some((key.as_str(), describe_place(value)?))
        })
    })
}

/// Describes an object with a name and a code, such as `Newark Liberty International Airport (EWR)`.
fn describe_place(value: &Value) -> Option<String> {
    let text = |key: &str| value.get(key)?.as_str().filter(|text| !text.is_empty());
    Some(format!("{} ({})", text("name")?, text("code")?))
}

/// Describes one field. The number is its position in the phrase.
fn describe_field(key: &str, text: &str, value: &Value) -> (u8, String) {
    let words = split_identifier(key);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_time = text.contains(':') || text.bytes().filter(|byte| *byte == b'-').count() >= 2;
    if is_time && has(&["departure", "departs", "depart", "dep", "leaves", "departing", "start"]) {
        return (DEPARTURE, format!("departs {text}"));
    }
    if is_time && has(&["arrival", "arrives", "arrive", "arr", "arriving"]) {
        return (ARRIVAL, format!("arrives {text}"));
    }
    if is_time && has(&["date", "day"]) {
        return (DATE, format!("on {text}"));
    }
    if value.is_object() || value.is_array() {
        return (LAST, format!("{} ({text})", words.join(" ")));
    }
    if let Value::Bool(flag) = value {
        let negation = if *flag { "" } else { "not " };
        return (LAST, format!("{negation}{}", words.join(" ")));
    }
    if let Some(unit) = words.last().filter(|unit| {
        value.is_number() && matches!(unit.as_str(), "minutes" | "hours" | "seconds" | "days")
    }) {
        return (OTHER, format!("{} {text} {unit}", words[..words.len() - 1].join(" ")));
    }
    (OTHER, format!("{} {text}", words.join(" ")))
}
