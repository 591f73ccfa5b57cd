//! One fault of a call's arguments, in the words that the model hears.

use std::fmt::{self, Write as _};

use serde_json::Value;

/// How long a value may be that is said again, in characters.
const LONGEST_VALUE: usize = 40;

/// How many allowed values, or known keys, are said.
const MOST_NAMED: usize = 12;

/// One step of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

/// One fault, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) path: Vec<Step>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// The value is another than is expected.
    Expected(Expected),
    /// The last key of the path is missing; the values that it may have, where they are few.
    Missing(Vec<Value>),
    /// The last key of the path is not known; what may have been meant, or else all there is.
    Unknown(Known),
    /// Anything else, in words.
    Other(String),
}

/// What a value may be, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) types: Vec<&'static str>,
    pub(super) values: Vec<Value>,
    /// Whether a value of another type came.
    pub(super) is_other_type: bool,
    /// Whether it tells members of a union apart: it may be only this one value.
    pub(super) is_tag: bool,
    pub(super) got: String,
    /// The allowed value that may have been meant.
    pub(super) near: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    Near(String),
    Keys(Vec<String>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = path(&self.path);
        match &self.kind {
            Kind::Missing(values) => {
                write!(f, "`{path}` is missing")?;
                if !values.is_empty() {
                    write!(f, ": expected {}", any_of(&[], values))?;
                }
                Ok(())
            }
            Kind::Unknown(Known::Near(near)) => {
                write!(f, "`{path}` is not known; did you mean `{near}`?")
            }
            Kind::Unknown(Known::Keys(keys)) if keys.is_empty() => {
                write!(f, "`{path}` is not known")
            }
            Kind::Unknown(Known::Keys(keys)) => {
                write!(f, "`{path}` is not known; the keys are {}", names(keys))
            }
            Kind::Expected(expected) => {
                place(f, &path)?;
                let what = any_of(&expected.types, &expected.values);
                write!(f, "expected {what}, got {}", expected.got)?;
                match &expected.near {
                    Some(near) => write!(f, "; did you mean {near}?"),
                    None => Ok(()),
                }
            }
            Kind::Other(words) => {
                place(f, &path)?;
                f.write_str(words)
            }
        }
    }
}

/// A path as serde's messages have it, such as `passengers[0].age`.
pub(super) fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                let dot = if path.is_empty() { "" } else { "." };
                path.push_str(dot);
                path.push_str(key);
            }
            // Writing to a string cannot fail.
            Step::Item(at) => _ = write!(path, "[{at}]"),
        }
    }
    path
}

fn place(f: &mut fmt::Formatter<'_>, path: &str) -> fmt::Result {
    if path.is_empty() { Ok(()) } else { write!(f, "`{path}`: ") }
}

/// The types and values of which one is expected.
fn any_of(types: &[&str], values: &[Value]) -> String {
    let mut all: Vec<_> = values.iter().take(MOST_NAMED).map(value).collect();
    if values.len() > MOST_NAMED {
        all.push(format!("one of {} more", values.len() - MOST_NAMED));
    }
    all.extend(types.iter().map(|name| with_article(name).to_owned()));
    let several = if values.len() > 1 { "one of " } else { "" };
    let last = all.pop().unwrap_or_default();
    if all.is_empty() { last } else { format!("{several}{} or {last}", all.join(", ")) }
}

/// Keys, as a list.
pub(super) fn names(keys: &[String]) -> String {
    let mut all: Vec<_> = keys.iter().take(MOST_NAMED).map(|key| format!("`{key}`")).collect();
    if keys.len() > MOST_NAMED {
        all.push(format!("{} more", keys.len() - MOST_NAMED));
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

/// A value in few words: itself, where it is short.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > LONGEST_VALUE => {
            let beginning: String = text.chars().take(LONGEST_VALUE).collect();
            format!("{}…", Value::from(beginning))
        }
        other => other.to_string(),
    }
}
