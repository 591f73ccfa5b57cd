//! Describes single values as text.

use serde_json::Value;

use super::fields::describe_object;
use crate::dialog::canned_text::join_list;

/// Describes a value. `None` if it is null or empty.
pub(super) fn describe_value(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => {
            Some(simplify_timestamp(text.trim()).unwrap_or_else(|| text.trim().to_owned()))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(describe_value).collect();
            (!items.is_empty()).then(|| join_list(&items))
        }
        Value::Object(fields) => Some(describe_object(fields)).filter(|text| !text.is_empty()),
    }
}

/// Returns an RFC 3339 timestamp in a simpler form: `2013-07-04 08:00 UTC` for `2013-07-04T08:00:00Z`. `None` if the
/// text is not a timestamp.
fn simplify_timestamp(text: &str) -> Option<String> {
    let (day, time) = text.split_once(['T', ' '])?;
    // In `pattern`, `0` matches any digit.
    let has_form = |part: &str, pattern: &str| {
        part.len() == pattern.len()
            && part
                .bytes()
                .zip(pattern.bytes())
                .all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    if !has_form(day, "0000-00-00") || !has_form(time.get(..5)?, "00:00") {
        return None;
    }
    let rest = &time[5..];
    let (rest, seconds) = match rest.get(..3).filter(|part| has_form(part, ":00")) {
        Some(":00") => (&rest[3..], ""),
        Some(seconds) => (&rest[3..], seconds),
        None => (rest, ""),
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|letter: char| letter.is_ascii_digit()),
        None => rest,
    };
    let zone = match rest {
        "" => String::new(),
        "Z" | "+00:00" => " UTC".to_owned(),
        offset if has_form(offset.get(1..)?, "00:00") && offset.starts_with(['+', '-']) => {
            format!(" {offset}")
        }
        _ => return None,
    };
    Some(format!("{day} {}{seconds}{zone}", &time[..5]))
}
