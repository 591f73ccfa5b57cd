//! An object as a phrase: who, which, where, when, and then the rest.

use serde_json::{Map, Value};

use super::values::readable;
use crate::practice::lexicon::split_identifier;

/// The fields of an object in the order in which a person would tell them.
pub(super) fn sentence(fields: &Map<String, Value>) -> String {
    let mut told: Vec<(u8, String)> = Vec::new();
    let mut skipped: Vec<&str> = Vec::new();
    let name = first(fields, &skipped, &["airline", "carrier", "name", "title", "label"]);
    skipped.extend(name.as_ref().map(|(key, _)| *key));
    // A carrier's code says less than the name that stands beside it.
    let code = name.as_ref().is_some_and(|(_, text)| text.len() <= 3);
    let full = if code { first(fields, &skipped, &["airline", "carrier", "name"]) } else { None };
    skipped.extend(full.as_ref().map(|(key, _)| *key));
    let number =
        first(fields, &skipped, &["number", "flight", "ident"]).filter(|(_, text)| text.len() < 24);
    skipped.extend(number.as_ref().map(|(key, _)| *key));
    let named = [&full, &name, &number]
        .into_iter()
        .flatten()
        .map(|(_, text)| text.clone())
        .collect::<Vec<_>>()
        .join(" ");
    if !named.is_empty() {
        told.push((0, named));
    }
    let origin = end(fields, &skipped, &["origin", "from"]);
    let destination = end(fields, &skipped, &["destination", "to", "dest"]);
    if let (Some((from, origin)), Some((to, destination))) = (&origin, &destination) {
        told.push((1, format!("from {origin} to {destination}")));
        skipped.extend([*from, *to]);
    }
    for (key, value) in fields.iter().filter(|(key, _)| !skipped.contains(&key.as_str())) {
        if value.as_array().is_some_and(Vec::is_empty) {
            told.push((6, format!("no {}", split_identifier(key).join(" "))));
        } else if let Some(text) = readable(value) {
            told.push(phrase(key, &text, value));
        }
    }
    told.sort_by_key(|(rank, _)| *rank);
    told.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// The first field, in the order of `wanted`, whose key has one of these words and whose value is a word or number.
fn first<'a>(
    fields: &'a Map<String, Value>,
    skipped: &[&str],
    wanted: &[&str],
) -> Option<(&'a str, String)> {
    wanted.iter().find_map(|wanted| {
        fields.iter().find_map(|(key, value)| {
            let words = split_identifier(key);
            let timed = words
                .iter()
                .any(|word| matches!(word.as_str(), "time" | "date" | "at" | "count" | "code"));
            let known = words.iter().any(|word| word == wanted)
                && !timed
                && !skipped.contains(&key.as_str());
            let plain = value.is_string() || value.is_number();
            if known && plain { Some((key.as_str(), readable(value)?)) } else { None }
        })
    })
}

/// One end of a way: a plain field, or an object that stands for a place.
fn end<'a>(
    fields: &'a Map<String, Value>,
    skipped: &[&str],
    wanted: &[&str],
) -> Option<(&'a str, String)> {
    first(fields, skipped, wanted).or_else(|| {
        wanted.iter().find_map(|wanted| {
            let (key, value) = fields.get_key_value(*wanted)?;
            Some((key.as_str(), place(value)?))
        })
    })
}

/// A thing that has a name and a code, as `Newark Liberty International Airport (EWR)`.
fn place(value: &Value) -> Option<String> {
    let text = |key: &str| value.get(key)?.as_str().filter(|text| !text.is_empty());
    Some(format!("{} ({})", text("name")?, text("code")?))
}

/// One field, with the rank at which it is told.
fn phrase(key: &str, text: &str, value: &Value) -> (u8, String) {
    let words = split_identifier(key);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let timed = text.contains(':') || text.bytes().filter(|byte| *byte == b'-').count() >= 2;
    if timed && has(&["departure", "departs", "depart", "dep", "leaves", "departing", "start"]) {
        return (3, format!("departs {text}"));
    }
    if timed && has(&["arrival", "arrives", "arrive", "arr", "arriving"]) {
        return (4, format!("arrives {text}"));
    }
    if timed && has(&["date", "day"]) {
        return (2, format!("on {text}"));
    }
    if value.is_object() || value.is_array() {
        return (6, format!("{} ({text})", words.join(" ")));
    }
    if let Value::Bool(flag) = value {
        let negation = if *flag { "" } else { "not " };
        return (6, format!("{negation}{}", words.join(" ")));
    }
    if let Some(unit) = words.last().filter(|unit| {
        value.is_number() && matches!(unit.as_str(), "minutes" | "hours" | "seconds" | "days")
    }) {
        return (5, format!("{} {text} {unit}", words[..words.len() - 1].join(" ")));
    }
    (5, format!("{} {text}", words.join(" ")))
}
