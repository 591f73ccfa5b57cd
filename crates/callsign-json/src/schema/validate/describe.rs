//! Violations of each keyword, for the model.

use serde_json::{Map, Number, Value};

use super::compile::{Node, ObjectRules, Types};
use super::path::Path;
use super::suggest::nearest;
use super::violation::{Expected, Step, Suggestion, Violation, ViolationKind, short_value};

pub(super) fn never(path: &Path<'_>, value: &Value) -> Violation {
    let steps = path.steps();
    match steps.last() {
        Some(Step::Key(_)) => {
            let kind = ViolationKind::UnknownKey(Suggestion::AllKeys(Vec::new()));
            Violation { path: steps, kind }
        }
        _ => not_allowed(path, value),
    }
}

pub(super) fn not_allowed(path: &Path<'_>, value: &Value) -> Violation {
    other(path, format!("{} is not allowed here", short_value(value)))
}

pub(super) fn other_type(path: &Path<'_>, value: &Value, node: &Node, types: Types) -> Violation {
    let values = node.allowed_values();
    let types = if values.is_empty() { types.names() } else { Vec::new() };
    expected(path, value, types, values, true)
}

pub(super) fn other_value(path: &Path<'_>, value: &Value, node: &Node) -> Violation {
    expected(path, value, Vec::new(), node.allowed_values(), false)
}

fn expected(
    path: &Path<'_>,
    value: &Value,
    types: Vec<&'static str>,
    values: Vec<Value>,
    is_other_type: bool,
) -> Violation {
    let similar = value.as_str().filter(|_| values.len() > 1).and_then(|text| {
        let similar = nearest(text, values.iter().filter_map(Value::as_str))?;
        Some(Value::from(similar).to_string())
    });
    let (is_tag, got) = (values.len() == 1, short_value(value));
    let expected = Expected { types, values, is_other_type, is_tag, got, similar };
    Violation { path: path.steps(), kind: ViolationKind::Expected(expected) }
}

pub(super) fn missing(path: &Path<'_>, key: &str, property: Option<&Node>) -> Violation {
    let values = property.map(Node::allowed_values).unwrap_or_default();
    Violation { path: Path::Key(path, key).steps(), kind: ViolationKind::MissingKey(values) }
}

pub(super) fn unknown(
    path: &Path<'_>,
    key: &str,
    rules: &ObjectRules,
    fields: &Map<String, Value>,
) -> Violation {
    let known = || rules.keys.iter().map(String::as_str);
    // A key that is there already was not misspelled.
    let absent = known().filter(|known| !fields.contains_key(*known));
    let suggestion = match nearest(key, absent) {
        Some(near) => Suggestion::Similar(near.to_owned()),
        None => Suggestion::AllKeys(known().map(str::to_owned).collect()),
    };
    Violation { path: Path::Key(path, key).steps(), kind: ViolationKind::UnknownKey(suggestion) }
}

pub(super) fn too_few(path: &Path<'_>, min: usize, what: &str, count: usize) -> Violation {
    other(path, format!("expected at least {}, got {count}", counted(min, what)))
}

pub(super) fn too_many(path: &Path<'_>, max: usize, what: &str, count: usize) -> Violation {
    other(path, format!("expected at most {}, got {count}", counted(max, what)))
}

pub(super) fn equal_items(path: &Path<'_>, (one, another): (usize, usize)) -> Violation {
    let text = format!("items {one} and {another} are equal, but all items must be different");
    other(path, text)
}

pub(super) fn surplus(path: &Path<'_>, count: usize) -> Violation {
    other(path, format!("has {} too many", counted(count, "item")))
}

pub(super) fn too_few_match(path: &Path<'_>) -> Violation {
    other(path, "too few items match the `contains` schema".to_owned())
}

pub(super) fn too_many_match(path: &Path<'_>) -> Violation {
    other(path, "too many items match the `contains` schema".to_owned())
}

pub(super) fn several_match(path: &Path<'_>, value: &Value) -> Violation {
    let got = short_value(value);
    other(path, format!("{got} matches several alternatives, but must match exactly one"))
}

pub(super) fn other_name(path: &Path<'_>, key: &str) -> Violation {
    other(path, format!("`{key}` is not an allowed key"))
}

pub(super) fn no_match(path: &Path<'_>, text: &str, pattern: &str) -> Violation {
    let got = short_value(&text.into());
    other(path, format!("expected text that matches the pattern `{pattern}`, got {got}"))
}

pub(super) fn other_format(path: &Path<'_>, text: &str, format: &str) -> Violation {
    let got = short_value(&text.into());
    other(path, format!("expected text in the format `{format}`, got {got}"))
}

pub(super) fn out_of_bounds(
    path: &Path<'_>,
    number: &Number,
    what: &str,
    bound: &Number,
) -> Violation {
    other(path, format!("expected {what} {bound}, got {number}"))
}

pub(super) fn no_multiple(path: &Path<'_>, number: &Number, divisor: &Number) -> Violation {
    other(path, format!("expected a multiple of {divisor}, got {number}"))
}

fn other(path: &Path<'_>, text: String) -> Violation {
    Violation { path: path.steps(), kind: ViolationKind::Other(text) }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
