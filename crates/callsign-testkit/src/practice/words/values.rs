//! Single values in readable form.

use serde_json::Value;

use crate::practice::chat::listed;

/// A value as a person would write it; `None` for nothing.
pub(super) fn readable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(moment(text.trim()).unwrap_or_else(|| text.trim().to_owned())),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(readable).collect();
            (!items.is_empty()).then(|| listed(&items))
        }
        Value::Object(fields) => {
            Some(super::fields::sentence(fields)).filter(|text| !text.is_empty())
        }
    }
}

/// `2013-07-04T08:00:00Z` as `2013-07-04 08:00 UTC`: the same moment, easier to read.
fn moment(text: &str) -> Option<String> {
    let (day, time) = text.split_once(['T', ' '])?;
    let shaped = |part: &str, shape: &str| {
        part.len() == shape.len()
            && part
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, want)| if want == b'0' { byte.is_ascii_digit() } else { byte == want })
    };
    if !shaped(day, "0000-00-00") || !shaped(time.get(..5)?, "00:00") {
        return None;
    }
    let rest = &time[5..];
    let (rest, seconds) = match rest.get(..3).filter(|part| shaped(part, ":00")) {
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
        offset if shaped(offset.get(1..)?, "00:00") && offset.starts_with(['+', '-']) => {
            format!(" {offset}")
        }
        _ => return None,
    };
    Some(format!("{day} {}{seconds}{zone}", &time[..5]))
}
