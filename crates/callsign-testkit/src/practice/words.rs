//! Putting results of tools into words. Every value comes from the result; nothing is added.

mod fields;
mod values;

use serde_json::{Map, Value};

use super::chat::listed;
use super::findings::Finding;
use super::lexicon::split_identifier;
use super::schema::OfferedTool;
use fields::sentence;

/// The most lines of one list.
const LINES: usize = 12;

/// Words all results of a turn, each in turn.
pub(super) fn tell(findings: &[Finding<'_>], tools: &[OfferedTool]) -> String {
    let several = findings.len() > 1;
    let told = findings.iter().map(|finding| {
        let tool = tools.iter().find(|tool| tool.name == finding.call.name);
        tell_one(finding, tool, several)
    });
    told.collect::<Vec<_>>().join("\n\n")
}

/// Whether a result says that the call failed.
pub(super) fn is_failure(content: &str) -> bool {
    let json = serde_json::from_str(content).unwrap_or(Value::Null);
    failure(&json, content).is_some()
}

fn tell_one(finding: &Finding<'_>, tool: Option<&OfferedTool>, several: bool) -> String {
    let name = &finding.call.name;
    let subject = subject(name, finding.call.arguments.as_object());
    let json = serde_json::from_str::<Value>(finding.content)
        .unwrap_or_else(|_| Value::from(finding.content.trim()));
    if let Some(why) = failure(&json, finding.content) {
        let fields = tool.map(|tool| named_fields(tool, &why)).unwrap_or_default();
        let why = ended(
            ["error: ", "Error: "].iter().find_map(|lead| why.strip_prefix(lead)).unwrap_or(&why),
        );
        return if fields.is_empty() {
            format!("{subject} did not work: {why}")
        } else {
            format!("{subject} did not work, because of {}: {why}", listed(&fields))
        };
    }
    match unwrapped(&json) {
        Value::Null => format!("{subject}: there is no result."),
        Value::Array(items) if items.is_empty() => format!("{subject}: nothing was found."),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            list(&subject, items, several)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(values::readable).collect();
            format!("{subject}: {}", ended(&listed(&items)))
        }
        Value::Object(fields) => {
            if let Some((items, rest)) = inner_list(fields) {
                return list(&[subject, sentence(&rest)].join(", "), items, several);
            }
            let text = ended(&sentence(fields));
            if several { format!("{subject}: {text}") } else { found(&subject, &text) }
        }
        Value::String(text) if text.is_empty() => format!("{subject}: the result is empty."),
        Value::String(text) if text.contains('\n') => format!("{subject}:\n{text}"),
        other => {
            format!("{subject}: {}", ended(&values::readable(other).unwrap_or_default()))
        }
    }
}

fn found(subject: &str, text: &str) -> String {
    let mut letters = subject.chars();
    let first = letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>());
    format!("Here is what I found for {}: {text}", first.unwrap_or_default())
}

/// A text with a full stop, where it doesn't end a sentence already.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// The one list of objects that an object has beside other fields, and those fields.
fn inner_list(fields: &Map<String, Value>) -> Option<(&Vec<Value>, Map<String, Value>)> {
    let mut lists = fields.iter().filter_map(|(key, value)| {
        let items = value.as_array().filter(|items| items.iter().any(Value::is_object))?;
        Some((key, items))
    });
    let (Some((list, items)), None) = (lists.next(), lists.next()) else { return None };
    let others = fields.iter().filter(|(key, _)| *key != list);
    let rest: Map<_, _> = others.map(|(key, value)| (key.clone(), value.clone())).collect();
    (!sentence(&rest).is_empty()).then_some((items, rest))
}

fn list(subject: &str, items: &[Value], several: bool) -> String {
    if let ([Value::Object(only)], false) = (items, several) {
        return found(subject, &ended(&sentence(only)));
    }
    let mut lines: Vec<String> = items
        .iter()
        .take(LINES)
        .map(|item| match item {
            Value::Object(fields) => format!("- {}", sentence(fields)),
            other => format!("- {}", values::readable(other).unwrap_or_default()),
        })
        .collect();
    if items.len() > LINES {
        lines.push(format!("- and {} more", items.len() - LINES));
    }
    let count =
        if items.len() == 1 { "one result".to_owned() } else { format!("{} results", items.len()) };
    format!("{subject}: {count}.\n{}", lines.join("\n"))
}

/// The list or text that an object only wraps.
fn unwrapped(json: &Value) -> &Value {
    match json {
        Value::Object(fields) if fields.len() == 1 => match fields.values().next() {
            Some(inner @ (Value::Array(_) | Value::Object(_) | Value::String(_))) => {
                unwrapped(inner)
            }
            _ => json,
        },
        _ => json,
    }
}

/// What a failed result says.
fn failure(json: &Value, content: &str) -> Option<String> {
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
                .or_else(|| values::readable(error))
                .or_else(|| Some("it gave an error".to_owned()))
        }
        Value::Array(_) => None,
        _ => {
            let lower = content.trim().to_lowercase();
            let opens = [
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
            let says = [
                "did not run",
                "was not run",
                "invalid argument",
                "failed",
                "is required",
                "missing field",
                "not allowed",
            ];
            let failed = opens.iter().any(|word| lower.starts_with(word))
                || (lower.len() <= 300 && says.iter().any(|part| lower.contains(part)));
            failed.then(|| json.as_str().map_or_else(|| content.trim().to_owned(), str::to_owned))
        }
    }
}

/// The parameters of a tool that a message names.
fn named_fields(tool: &OfferedTool, message: &str) -> Vec<String> {
    let words: Vec<&str> =
        message.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
    let named = tool
        .parameters
        .iter()
        .filter(|param| param.name.len() > 2 && words.contains(&param.name.as_str()));
    named.map(|param| param.name.clone()).collect()
}

/// What a call was about: "Next flights from Miami to Seattle".
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
    let mut told: Vec<&String> = Vec::new();
    if let (Some((from, origin)), Some((to, destination))) = (origin, destination) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        subject = format!("{subject} from {} to {}", text(origin), text(destination));
        told.extend([from, to]);
    }
    let rest: Vec<String> = args
        .iter()
        .filter(|(key, _)| !told.contains(key))
        .filter_map(|(_, value)| if value.is_object() { None } else { values::readable(value) })
        .collect();
    if !rest.is_empty() {
        subject = format!("{subject} ({})", rest.join(", "));
    }
    let mut letters = subject.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
