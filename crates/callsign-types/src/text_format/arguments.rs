//! The arguments of a call, as JSON text.

use callsign_json::check::is_object;
use callsign_json::repair::repair;
use serde_json::{Map, Value};

use super::xml_arguments::WrittenArgument;
use crate::request::ToolDefinition;

/// Returns the JSON object of a written value: an object, an object in a string, or `null`.
pub(super) fn object(written: &str) -> Option<String> {
    let text = if written.starts_with('"') {
        serde_json::from_str::<String>(written).ok()?.trim().to_owned()
    } else {
        written.trim().to_owned()
    };
    match text.as_str() {
        "" | "null" => Some("{}".to_owned()),
        text if is_object(text) => Some(text.to_owned()),
        text => repair(text),
    }
}

/// Returns the JSON object of arguments that are plain text. If the text does not say which values
/// are strings, the tool's schema does. `None` if a key is there twice.
pub(super) fn from_texts(tool: &ToolDefinition, written: &[WrittenArgument]) -> Option<String> {
    let mut object = Map::new();
    for WrittenArgument { key, text, is_string } in written {
        let schema = tool.parameters.get("properties").and_then(|all| all.get(key));
        let value = match is_string {
            Some(true) => Value::from(text.as_str()),
            Some(false) => serde_json::from_str(text.trim()).ok()?,
            None => value(schema, text),
        };
        if object.insert(key.clone(), value).is_some() {
            return None;
        }
    }
    Some(Value::Object(object).to_string())
}

fn value(schema: Option<&Value>, text: &str) -> Value {
    let types: Vec<&str> = match schema.and_then(|schema| schema.get("type")) {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let string = || Value::from(text);
    let parsed = || serde_json::from_str::<Value>(text.trim()).ok();
    let is_null = || text.trim() == "null" && (types.is_empty() || types.contains(&"null"));
    if is_null() {
        return Value::Null;
    }
    if types.contains(&"string") {
        return string();
    }
    if types.is_empty() {
        // The schema is not plain. Text in brackets is the only one that is surely not a string.
        return parsed()
            .filter(|value| value.is_object() || value.is_array())
            .unwrap_or_else(string);
    }
    match text.trim() {
        // As Python writes them.
        "True" if types.contains(&"boolean") => true.into(),
        "False" if types.contains(&"boolean") => false.into(),
        _ => parsed().unwrap_or_else(string),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_become_values_of_the_schema() {
        let schema = json!({"properties": {
            "s": {"type": "string"}, "o": {"type": ["string", "null"]}, "n": {"type": "integer"},
            "b": {"type": "boolean"}, "l": {"type": "array"}, "r": {"$ref": "#/x"}, "e": {"$ref": "#/x"},
        }});
        let tool = ToolDefinition::new("t", "", schema);
        let texts = [
            ("s", "12"),
            ("o", "null"),
            ("n", "12"),
            ("b", "True"),
            ("l", "[1]"),
            ("r", "{\"a\": 1}"),
            ("e", "12"),
        ];
        let texts = texts.map(|(key, text)| WrittenArgument {
            key: key.to_owned(),
            text: text.to_owned(),
            is_string: None,
        });
        let object = from_texts(&tool, &texts).unwrap_or_default();
        let expected = json!({
            "s": "12", "o": null, "n": 12, "b": true, "l": [1], "r": {"a": 1}, "e": "12",
        });
        assert_eq!(serde_json::from_str::<Value>(&object).ok(), Some(expected));
        let twice = [texts[0].clone(), texts[0].clone()];
        assert_eq!(from_texts(&tool, &twice), None);
    }

    #[test]
    fn written_objects_are_read() {
        assert_eq!(object("{\"a\": 1}").as_deref(), Some("{\"a\": 1}"));
        assert_eq!(object("\"{\\\"a\\\": 1}\"").as_deref(), Some("{\"a\": 1}"));
        assert_eq!(object("null").as_deref(), Some("{}"));
        assert_eq!(object("\"x\""), None);
        assert_eq!(object("[1]"), None);
    }
}
