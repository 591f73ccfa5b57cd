//! Truncation of JSON text that keeps it valid JSON.

use crate::lexer::Lexer;

/// The bytes that one note takes at most, with its separator.
const NOTE_BYTES: usize = 100;

/// The budget in bytes below which a value is left out instead of truncated.
const MIN_BUDGET: usize = 32;

/// Truncates the text of a JSON array or object to `bytes` bytes and a note of at most 100 bytes.
/// Returns `None` if `text` is not a JSON array or object, or is nested deeper than 127 levels.
///
/// 1. Whitespace between the values is removed. That may be enough.
/// 2. An array keeps its first elements that fit, and an object keeps its members that fit.
/// 3. An element that takes more than half of its array's budget is truncated itself, and so is a
///    member that does not fit. They leave room for what follows them.
///
/// A note says what was truncated: at the end of a string, as the last element of an array, or as
/// the member `[truncated]` of an object.
#[must_use]
pub fn truncate(text: &str, bytes: usize) -> Option<String> {
    let mut lexer = Lexer::new(text);
    if !matches!(lexer.peek_token(), Some(b'{' | b'[')) {
        return None;
    }
    let root = read(&mut lexer)?;
    if lexer.peek_token().is_some() {
        return None;
    }
    let mut out = String::with_capacity(bytes.min(root.size).saturating_add(NOTE_BYTES));
    if root.size <= bytes {
        root.write(&mut out);
    } else {
        root.truncate(bytes, &mut out);
    }
    Some(out)
}

/// A value, and its size in bytes without whitespace.
struct Node<'a> {
    size: usize,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// The text of a number, a boolean or null.
    Scalar(&'a str),
    /// The text of a string, with its quotes.
    String(&'a str),
    Array(Vec<Node<'a>>),
    /// The members, in their order. The text of a key has its quotes.
    Object(Vec<(&'a str, Node<'a>)>),
}

impl Node<'_> {
    fn write(&self, out: &mut String) {
        match &self.kind {
            Kind::Scalar(text) | Kind::String(text) => out.push_str(text),
            Kind::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    separate(index, out);
                    element.write(out);
                }
                out.push(']');
            }
            Kind::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    separate(index, out);
                    out.push_str(key);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Writes what fits into `bytes` bytes, and a note. The value is larger than that.
    fn truncate(&self, bytes: usize, out: &mut String) {
        match &self.kind {
            Kind::Scalar(text) => out.push_str(text),
            Kind::String(text) => truncate_string(text, bytes, out),
            Kind::Array(elements) => truncate_array(elements, bytes, out),
            Kind::Object(members) => truncate_object(members, bytes, out),
        }
    }

    /// Returns the budget in bytes to truncate this value to; `None` if it is to be left out.
    ///
    /// `left` bytes are left, `prefix` bytes are written before the value, and the values after it
    /// take `following` bytes.
    fn budget(&self, left: usize, prefix: usize, following: usize) -> Option<usize> {
        let room = left.checked_sub(prefix + NOTE_BYTES)?;
        let budget = room.saturating_sub(following).max(room / 2);
        (budget >= MIN_BUDGET && !matches!(self.kind, Kind::Scalar(_))).then_some(budget)
    }
}

fn truncate_array(elements: &[Node<'_>], bytes: usize, out: &mut String) {
    out.push('[');
    let mut left = bytes.saturating_sub(2);
    let mut following: usize = elements.iter().map(|element| element.size + 1).sum();
    let mut shown = 0;
    for element in elements {
        let comma = usize::from(shown > 0);
        following -= element.size + 1;
        let begin = out.len();
        if element.size + comma <= left {
            separate(shown, out);
            element.write(out);
        } else if element.size > bytes / 2
            && let Some(budget) = element.budget(left, comma, following)
        {
            separate(shown, out);
            element.truncate(budget, out);
        } else {
            // Elements after a gap would seem to follow the ones before it.
            break;
        }
        left = left.saturating_sub(out.len() - begin);
        shown += 1;
    }
    if shown < elements.len() {
        separate(shown, out);
        out.push('"');
        out.push_str(&note(shown, elements.len(), "elements"));
        out.push('"');
    }
    out.push(']');
}

fn truncate_object(members: &[(&str, Node<'_>)], bytes: usize, out: &mut String) {
    out.push('{');
    let mut left = bytes.saturating_sub(2);
    let mut following: usize = members.iter().map(|(key, value)| key.len() + value.size + 2).sum();
    let mut shown = 0;
    for (key, value) in members {
        let prefix = usize::from(shown > 0) + key.len() + 1;
        following -= key.len() + value.size + 2;
        let fits = prefix + value.size <= left;
        let budget = if fits { None } else { value.budget(left, prefix, following) };
        if !fits && budget.is_none() {
            continue;
        }
        let begin = out.len();
        separate(shown, out);
        out.push_str(key);
        out.push(':');
        match budget {
            Some(budget) => value.truncate(budget, out),
            None => value.write(out),
        }
        left = left.saturating_sub(out.len() - begin);
        shown += 1;
    }
    if shown < members.len() {
        separate(shown, out);
        out.push_str("\"[truncated]\":\"");
        out.push_str(&note(shown, members.len(), "members"));
        out.push('"');
    }
    out.push('}');
}

fn truncate_string(text: &str, bytes: usize, out: &mut String) {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let max = bytes.saturating_sub(2);
    let mut kept = 0;
    while let Some(length) = character_length(&inside[kept..])
        && kept + length <= max
    {
        kept += length;
    }
    out.push('"');
    out.push_str(&inside[..kept]);
    out.push_str(&note(kept, inside.len(), "bytes"));
    out.push('"');
}

/// Returns the length of the first character of a string as it is written, which may be an escape
/// sequence or a pair of them.
fn character_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '\\' { Lexer::new(text).raw_escape().map(str::len) } else { Some(first.len_utf8()) }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Reads a value; `None` if the text is not JSON.
fn read<'a>(lexer: &mut Lexer<'a>) -> Option<Node<'a>> {
    let (size, kind) = match lexer.peek_token()? {
        b'[' => {
            let mut elements = Vec::new();
            lexer.sequence(b'[', b']', |lexer| {
                elements.push(read(lexer)?);
                Some(())
            })?;
            let size: usize = elements.iter().map(|element| element.size + 1).sum();
            ((size + 1).max(2), Kind::Array(elements))
        }
        b'{' => {
            let mut members = Vec::new();
            lexer.sequence(b'{', b'}', |lexer| {
                let key = lexer.raw_string()?;
                lexer.colon()?;
                members.push((key, read(lexer)?));
                Some(())
            })?;
            let size: usize = members.iter().map(|(key, value)| key.len() + value.size + 2).sum();
            ((size + 1).max(2), Kind::Object(members))
        }
        b'"' => {
            let text = lexer.raw_string()?;
            (text.len(), Kind::String(text))
        }
        b't' | b'f' | b'n' => {
            let text = lexer.literal()?;
            (text.len(), Kind::Scalar(text))
        }
        _ => {
            let text = lexer.number()?;
            (text.len(), Kind::Scalar(text))
        }
    };
    Some(Node { size, kind })
}

/// Returns the note that says how much of a value is shown, for the model to read.
#[must_use]
pub fn note(shown: usize, total: usize, unit: &str) -> String {
    format!("[truncated: {} of {} {unit} shown; request less]", grouped(shown), grouped(total))
}

/// Returns a number with its digits in groups of three: `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::truncate;

    #[test]
    fn text_that_is_not_an_array_or_object_is_refused() {
        for text in
            ["", "1", "\"[]\"", "[1", "[1] 2", "[1,]", "{\"a\"}", "[01]", "[\"\\x\"]", "[\"\n\"]"]
        {
            assert_eq!(truncate(text, 100), None, "{text}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(truncate(&nested(127), 10).is_some());
        assert_eq!(truncate(&nested(128), 10), None);
        assert_eq!(truncate(&nested(200_000), 10), None);
    }

    #[test]
    fn surrogate_without_its_pair_is_kept() {
        let text = format!(r#"["{}"]"#, r"\ud83d\u0041".repeat(20));
        let note = "[truncated: 54 of 240 bytes shown; request less]";
        let kept = r"\ud83d\u0041".repeat(4) + r"\ud83d";
        assert_eq!(truncate(&text, 160), Some(format!(r#"["{kept}{note}"]"#)));
        assert_eq!(truncate(r#"[ "\udc00" ]"#, 100).as_deref(), Some(r#"["\udc00"]"#));
    }
}
