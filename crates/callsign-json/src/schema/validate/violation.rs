//! One violation of a schema, and its text for the model.

use std::fmt::{self, Write as _};

use serde_json::Value;

/// The length in characters above which a value is abbreviated.
const MAX_VALUE_LENGTH: usize = 40;

/// The number of allowed values, or of known keys, that are listed.
const MAX_LISTED: usize = 12;

/// One step of a path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// One violation, and the path to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Violation {
    pub(super) path: Vec<Step>,
    pub(super) kind: ViolationKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ViolationKind {
    /// The value has another type, or is not one of the allowed values.
    Expected(Expected),
    /// The last key of the path is missing. Holds its allowed values, if the schema lists them.
    MissingKey(Vec<Value>),
    /// The last key of the path is not known.
    UnknownKey(Suggestion),
    /// Another violation, as a text for the model.
    Other(String),
}

/// The allowed types and values, and the actual value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) types: Vec<&'static str>,
    pub(super) values: Vec<Value>,
    /// Whether the actual value has another type.
    pub(super) is_other_type: bool,
    /// Whether only one value is allowed, which may discriminate the members of a union.
    pub(super) is_tag: bool,
    /// The text of the actual value.
    pub(super) got: String,
    /// The text of an allowed value that is similar.
    pub(super) similar: Option<String>,
}

/// The keys to use instead of one that is not known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Suggestion {
    /// The known key that is similar.
    Similar(String),
    /// All known keys, if none is similar.
    AllKeys(Vec<String>),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = path(&self.path);
        match &self.kind {
            ViolationKind::MissingKey(values) => {
                write!(f, "`{path}` is missing")?;
                if !values.is_empty() {
                    write!(f, ": expected {}", any_of(&[], values))?;
                }
                Ok(())
            }
            ViolationKind::UnknownKey(Suggestion::Similar(key)) => {
                write!(f, "`{path}` is not a known key; did you mean `{key}`?")
            }
            ViolationKind::UnknownKey(Suggestion::AllKeys(keys)) if keys.is_empty() => {
                write!(f, "`{path}` is not a known key")
            }
            ViolationKind::UnknownKey(Suggestion::AllKeys(keys)) => {
                write!(f, "`{path}` is not a known key; the known keys are {}", list_keys(keys))
            }
            ViolationKind::Expected(expected) => {
                write_path(f, &path)?;
                let what = any_of(&expected.types, &expected.values);
                write!(f, "expected {what}, got {}", expected.got)?;
                match &expected.similar {
                    Some(similar) => write!(f, "; did you mean {similar}?"),
                    None => Ok(()),
                }
            }
            ViolationKind::Other(text) => {
                write_path(f, &path)?;
                f.write_str(text)
            }
        }
    }
}

/// Returns a path in the notation of serde's messages, such as `passengers[0].age`.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                let dot = if path.is_empty() { "" } else { "." };
                path.push_str(dot);
                path.push_str(key);
            }
            // Writing to a string cannot fail.
            Step::Index(index) => _ = write!(path, "[{index}]"),
        }
    }
    path
}

fn write_path(f: &mut fmt::Formatter<'_>, path: &str) -> fmt::Result {
    if path.is_empty() { Ok(()) } else { write!(f, "`{path}`: ") }
}

/// Returns the expected types and values, as an enumeration.
pub(super) fn any_of(types: &[&str], values: &[Value]) -> String {
    let mut all: Vec<_> = values.iter().take(MAX_LISTED).map(short_value).collect();
    if values.len() > MAX_LISTED {
        all.push(format!("one of {} more", values.len() - MAX_LISTED));
    }
    all.extend(types.iter().map(|name| with_article(name).to_owned()));
    let several = if values.len() > 1 { "one of " } else { "" };
    let last = all.pop().unwrap_or_default();
    if all.is_empty() { last } else { format!("{several}{} or {last}", all.join(", ")) }
}

/// Returns keys as an enumeration.
pub(super) fn list_keys(keys: &[String]) -> String {
    let mut all: Vec<_> = keys.iter().take(MAX_LISTED).map(|key| format!("`{key}`")).collect();
    if keys.len() > MAX_LISTED {
        all.push(format!("{} more", keys.len() - MAX_LISTED));
    }
    let last = all.pop().unwrap_or_default();
    if all.is_empty() { last } else { format!("{} and {last}", all.join(", ")) }
}

fn with_article(name: &str) -> &str {
    match name {
        "boolean" => "a boolean",
        "number" => "a number",
        "integer" => "an integer",
        "string" => "a string",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

/// Returns the text of a value, abbreviated if it is long.
pub(super) fn short_value(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > MAX_VALUE_LENGTH => {
            let beginning: String = text.chars().take(MAX_VALUE_LENGTH).collect();
            format!("{}…", Value::from(beginning))
        }
        other => other.to_string(),
    }
}
