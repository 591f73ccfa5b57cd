//! Describes tool results as text. Every value comes from a result.

mod fields;
mod values;

use serde_json::{Map, Value};

use self::fields::describe_object;
use super::canned_text::join_list;
use super::tool_results::ToolResult;
use crate::language::lexicon::split_identifier;
use crate::tools::schema::OfferedTool;

/// The maximum number of lines of one list.
const MAX_LINES: usize = 12;

/// Describes tool results, in order, as paragraphs.
pub(super) fn describe_all(results: &[ToolResult<'_>], tools: &[OfferedTool]) -> String {
    let several = results.len() > 1;
    let paragraphs = results.iter().map(|result| {
        let tool = tools.iter().find(|tool| tool.name == result.call.name);
        describe(result, tool, several)
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Whether a result reports a failure.
pub(super) fn is_failure(content: &str) -> bool {
    let json = serde_json::from_str(content).unwrap_or(Value::Null);
    failure_message(&json, content).is_some()
}

/// Describes one result. `several` is whether there are others.
fn describe(result: &ToolResult<'_>, tool: Option<&OfferedTool>, several: bool) -> String {
    let name = &result.call.name;
    let subject = subject(name, result.call.arguments.as_object());
    let json = serde_json::from_str::<Value>(result.content)
        .unwrap_or_else(|_| Value::from(result.content.trim()));
    if let Some(why) = failure_message(&json, result.content) {
        let fields = tool.map(|tool| mentioned_parameters(tool, &why)).unwrap_or_default();
        let prefixes = ["error: ", "Error: "];
        let why = prefixes.iter().find_map(|prefix| why.strip_prefix(prefix)).unwrap_or(&why);
        let why = with_full_stop(why);
        return if fields.is_empty() {
            format!("{subject} did not work: {why}")
        } else {
            format!("{subject} did not work, because of {}: {why}", join_list(&fields))
        };
    }
    match unwrap_single_field(&json) {
        Value::Null => format!("{subject}: there is no result."),
        Value::Array(items) if items.is_empty() => format!("{subject}: nothing was found."),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            describe_list(&subject, items, several)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(values::describe_value).collect();
            format!("{subject}: {}", with_full_stop(&join_list(&items)))
        }
        Value::Object(fields) => {
            if let Some((items, rest)) = inner_list(fields) {
                let subject = [subject, describe_object(&rest)].join(", ");
                return describe_list(&subject, items, several);
            }
            let text = with_full_stop(&describe_object(fields));
            if several { format!("{subject}: {text}") } else { found_text(&subject, &text) }
        }
        Value::String(text) if text.is_empty() => format!("{subject}: the result is empty."),
        Value::String(text) if text.contains('\n') => format!("{subject}:\n{text}"),
        other => {
            format!(
                "{subject}: {}",
                with_full_stop(&values::describe_value(other).unwrap_or_default())
            )
        }
    }
}

/// Returns a sentence for a single result.
fn found_text(subject: &str, text: &str) -> String {
    let mut letters = subject.chars();
    let first = letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>());
    format!("Here is what I found for {}: {text}", first.unwrap_or_default())
}

/// Appends a full stop, unless the text already ends a sentence.
fn with_full_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Returns the only list of objects in an object, and the other fields. `None` if there are no other fields.
fn inner_list(fields: &Map<String, Value>) -> Option<(&Vec<Value>, Map<String, Value>)> {
    let mut lists = fields.iter().filter_map(|(key, value)| {
        let items = value.as_array().filter(|items| items.iter().any(Value::is_object))?;
        Some((key, items))
    });
    let (Some((list, items)), None) = (lists.next(), lists.next()) else { return None };
    let others = fields.iter().filter(|(key, _)| *key != list);
    let rest: Map<_, _> = others.map(|(key, value)| (key.clone(), value.clone())).collect();
    (!describe_object(&rest).is_empty()).then_some((items, rest))
}

/// Describes a list with objects or lists, one item per line.
fn describe_list(subject: &str, items: &[Value], several: bool) -> String {
    if let ([Value::Object(only)], false) = (items, several) {
        return found_text(subject, &with_full_stop(&describe_object(only)));
    }
    let mut lines: Vec<String> = items
        .iter()
        .take(MAX_LINES)
        .map(|item| match item {
            Value::Object(fields) => format!("- {}", describe_object(fields)),
            other => format!("- {}", values::describe_value(other).unwrap_or_default()),
        })
        .collect();
    if items.len() > MAX_LINES {
        lines.push(format!("- and {} more", items.len() - MAX_LINES));
    }
    let count =
        if items.len() == 1 { "one result".to_owned() } else { format!("{} results", items.len()) };
    format!("{subject}: {count}.\n{}", lines.join("\n"))
}

/// Returns the innermost array, object or string of objects with a single field.
fn unwrap_single_field(json: &Value) -> &Value {
    match json {
        Value::Object(fields) if fields.len() == 1 => match fields.values().next() {
            Some(inner @ (Value::Array(_) | Value::Object(_) | Value::String(_))) => {
                unwrap_single_field(inner)
            }
            _ => json,
        },
        _ => json,
    }
}

/// Returns the error message of a failed result. `None` if the result reports no failure.
fn failure_message(json: &Value, content: &str) -> Option<String> {
    match json {
        Value::Object(fields) => {
            let error = fields
                .get("error")
                .or_else(|| fields.get("errors"))
                .filter(|error| !error.is_null())?;
            if *error == Value::Bool(false) {
                return None;
            }
            let message = error.get("message").and_then(Value::as_str).map(str::to_owned);
            let message = message
                .or_else(|| fields.get("message").and_then(Value::as_str).map(str::to_owned));
            message
                .or_else(|| values::describe_value(error))
                .or_else(|| Some("it returned an error".to_owned()))
        }
        Value::Array(_) => None,
        _ => {
            let lower = content.trim().to_lowercase();
            let prefixes = [
                "error",
                "failed",
                "failure",
                "invalid",
                "unknown tool",
                "denied",
                "timed out",
                "refused",
                "cancelled",
            ];
            let phrases = [
                "did not run",
                "was not run",
                "invalid argument",
                "failed",
                "is required",
                "missing field",
                "not allowed",
            ];
            // A long text is more likely a document than an error message.
            let failed = prefixes.iter().any(|prefix| lower.starts_with(prefix))
                || (lower.len() <= 300 && phrases.iter().any(|part| lower.contains(part)));
            failed.then(|| json.as_str().map_or_else(|| content.trim().to_owned(), str::to_owned))
        }
    }
}

/// Returns the parameters of a tool that a message mentions.
fn mentioned_parameters(tool: &OfferedTool, message: &str) -> Vec<String> {
    let words: Vec<&str> =
        message.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
    let mentioned = tool
        .parameters
        .iter()
        .filter(|param| param.name.len() > 2 && words.contains(&param.name.as_str()));
    mentioned.map(|param| param.name.clone()).collect()
}

/// Returns a heading for a call, such as "Next flights from Miami to Seattle".
fn subject(name: &str, args: Option<&Map<String, Value>>) -> String {
    let mut subject = split_identifier(name).join(" ");
    let empty = Map::new();
    let args = args.unwrap_or(&empty);
    let find = |list: &[&str]| {
        let has =
            |key: &str| split_identifier(key).iter().any(|word| list.contains(&word.as_str()));
        args.iter().find(|(key, value)| value.is_string() && has(key))
    };
    let origin = find(&["origin", "from"]);
    let destination = find(&["destination", "to", "dest"]);
    let mut used: Vec<&String> = Vec::new();
    if let (Some((from, origin)), Some((to, destination))) = (origin, destination) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        subject = format!("{subject} from {} to {}", text(origin), text(destination));
        used.extend([from, to]);
    }
    let rest: Vec<String> = args
        .iter()
        .filter(|(key, _)| !used.contains(key))
        .filter_map(
            |(_, value)| if value.is_object() { None } else { values::describe_value(value) },
        )
        .collect();
    if !rest.is_empty() {
        subject = format!("{subject} ({})", rest.join(", "));
    }
    let mut letters = subject.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
