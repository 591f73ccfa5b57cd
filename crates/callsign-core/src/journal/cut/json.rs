//! A JSON text, cut so that it is JSON still.

use serde::de::IgnoredAny;

use super::{NOTE, note};

/// How deep a text may be nested to be cut as JSON.
const DEEPEST: usize = 128;

/// The fewest bytes for which a part is cut rather than left out.
const LEAST: usize = 32;

/// What is shown of an object or array in at most so many bytes and a [`NOTE`]; `None` where the
/// text is neither.
///
/// Blanks between its parts go first, which may be enough. Then an array keeps as many of its
/// first elements as fit, and an object as many of its members. An element that alone is more than
/// half of what the array has room for, and a member that does not fit, are cut inside, and leave
/// room for what comes after them. Whatever is cut says so in its place: a string at its end, an
/// array in an element more, an object in a member more.
pub(super) fn cut(text: &str, bytes: usize) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let root = Reader { text, at: 0 }.value(0)?;
    let mut out = String::with_capacity(bytes.min(root.size).saturating_add(NOTE));
    if root.size <= bytes {
        root.write(&mut out);
    } else {
        root.cut(bytes, &mut out);
    }
    Some(out)
}

/// A value, and its bytes without blanks.
struct Node<'a> {
    size: usize,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// A number, a boolean or null, as it is written.
    Scalar(&'a str),
    /// A string, as it is written.
    String(&'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
}

impl Node<'_> {
    fn write(&self, out: &mut String) {
        match &self.kind {
            Kind::Scalar(text) | Kind::String(text) => out.push_str(text),
            Kind::Array(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    separate(at, out);
                    element.write(out);
                }
                out.push(']');
            }
            Kind::Object(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    separate(at, out);
                    out.push_str(key);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Writes what fits into so many bytes, and a [`NOTE`]. It is larger than that.
    fn cut(&self, bytes: usize, out: &mut String) {
        match &self.kind {
            Kind::Scalar(text) => out.push_str(text),
            Kind::String(text) => cut_string(text, bytes, out),
            Kind::Array(elements) => cut_array(elements, bytes, out),
            Kind::Object(members) => cut_object(members, bytes, out),
        }
    }

    /// For how many bytes it is to be cut, where so many are left after `before` and before a
    /// `rest`; `None` where it is left out.
    fn share(&self, left: usize, before: usize, rest: usize) -> Option<usize> {
        let room = left.checked_sub(before + NOTE)?;
        let share = room.saturating_sub(rest).max(room / 2);
        (share >= LEAST && !matches!(self.kind, Kind::Scalar(_))).then_some(share)
    }
}

fn cut_array(elements: &[Node<'_>], bytes: usize, out: &mut String) {
    out.push('[');
    let mut left = bytes.saturating_sub(2);
    let mut rest: usize = elements.iter().map(|element| element.size + 1).sum();
    let mut shown = 0;
    for element in elements {
        let comma = usize::from(shown > 0);
        rest -= element.size + 1;
        let begin = out.len();
        if element.size + comma <= left {
            separate(shown, out);
            element.write(out);
        } else if element.size > bytes / 2
            && let Some(share) = element.share(left, comma, rest)
        {
            separate(shown, out);
            element.cut(share, out);
        } else {
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

fn cut_object(members: &[(&str, Node<'_>)], bytes: usize, out: &mut String) {
    out.push('{');
    let mut left = bytes.saturating_sub(2);
    let mut rest: usize = members.iter().map(|(key, value)| key.len() + value.size + 2).sum();
    let mut shown = 0;
    for (key, value) in members {
        let before = usize::from(shown > 0) + key.len() + 1;
        rest -= key.len() + value.size + 2;
        let whole = before + value.size <= left;
        let share = if whole { None } else { value.share(left, before, rest) };
        if !whole && share.is_none() {
            continue;
        }
        let begin = out.len();
        separate(shown, out);
        out.push_str(key);
        out.push(':');
        match share {
            Some(share) => value.cut(share, out),
            None => value.write(out),
        }
        left = left.saturating_sub(out.len() - begin);
        shown += 1;
    }
    if shown < members.len() {
        separate(shown, out);
        out.push_str("\"[cut]\":\"");
        out.push_str(&note(shown, members.len(), "members"));
        out.push('"');
    }
    out.push('}');
}

fn cut_string(text: &str, bytes: usize, out: &mut String) {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let most = bytes.saturating_sub(2);
    let mut kept = 0;
    while let Some(unit) = unit(&inside[kept..]).filter(|unit| kept + unit <= most) {
        kept += unit;
    }
    out.push('"');
    out.push_str(&inside[..kept]);
    out.push_str(&note(kept, inside.len(), "bytes"));
    out.push('"');
}

/// The bytes of the first character of a string as it is written, which may be an escape, or two
/// escapes that are one character.
fn unit(written: &str) -> Option<usize> {
    let first = written.chars().next()?;
    if first != '\\' {
        return Some(first.len_utf8());
    }
    let bytes = written.as_bytes();
    let of_two = |at: usize, second: &[u8]| {
        bytes.get(at..at + 2) == Some(b"\\u")
            && matches!(bytes.get(at + 2), Some(b'd' | b'D'))
            && bytes.get(at + 3).is_some_and(|digit| second.contains(digit))
    };
    Some(if of_two(0, b"89abAB") && of_two(6, b"cdefCDEF") {
        12
    } else if bytes.get(1) == Some(&b'u') {
        6
    } else {
        2
    })
}

fn separate(shown: usize, out: &mut String) {
    if shown > 0 {
        out.push(',');
    }
}

/// Reads a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        match self.peek()? {
            b'[' | b'{' if depth == DEEPEST => None,
            b'[' => {
                let mut elements = Vec::new();
                self.list(b']', |reader| {
                    elements.push(reader.value(depth + 1)?);
                    Some(())
                })?;
                let size: usize = elements.iter().map(|element| element.size + 1).sum();
                Some(Node { size: (size + 1).max(2), kind: Kind::Array(elements) })
            }
            b'{' => {
                let mut members = Vec::new();
                self.list(b'}', |reader| {
                    let key = reader.string()?;
                    reader.peek()?;
                    reader.at += 1;
                    members.push((key, reader.value(depth + 1)?));
                    Some(())
                })?;
                let size: usize =
                    members.iter().map(|(key, value)| key.len() + value.size + 2).sum();
                Some(Node { size: (size + 1).max(2), kind: Kind::Object(members) })
            }
            b'"' => {
                let text = self.string()?;
                Some(Node { size: text.len(), kind: Kind::String(text) })
            }
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                self.at += end;
                Some(Node { size: end, kind: Kind::Scalar(rest.get(..end)?) })
            }
        }
    }

    /// Reads what stands between brackets, up to the closing one.
    fn list(&mut self, close: u8, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        while self.peek()? != close {
            one(self)?;
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        self.peek()?;
        let begin = self.at;
        let mut bytes = self.text.as_bytes().get(begin + 1..)?.iter().enumerate();
        let end = loop {
            match bytes.next()? {
                (_, b'\\') => {
                    bytes.next()?;
                }
                (at, b'"') => break begin + 1 + at + 1,
                _ => {}
            }
        };
        self.at = end;
        self.text.get(begin..end)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.text.as_bytes().get(self.at).copied()
    }
}
