//! Characters whose two UTF-16 halves arrive in different pieces of a response.
//!
//! A provider that cuts its text between UTF-16 units sends one half of a surrogate pair at the end
//! of a piece, and the other half at the start of the next one. Neither piece is valid JSON. A half
//! is replaced by a *mark* before the piece is parsed: a private character that the piece does not
//! contain. A [`HalfJoiner`] joins the marks of successive pieces.

use std::borrow::Cow;

use memchr::memchr;

/// The character that replaces a half without its other half.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The first of the characters that can be marks: planes 15 and 16, which are private.
const FIRST_MARK: u32 = 0xF_0000;

/// The number of halves: U+D800 to U+DFFF.
const HALVES: u32 = 0x800;

/// A piece of JSON with its lone halves replaced.
pub(super) struct Rewritten {
    /// The piece with U+FFFD instead of each half.
    pub(super) clean: String,
    /// The piece with a mark instead of each half.
    pub(super) marked: String,
    pub(super) marks: Marks,
}

/// The marks of one piece: [`HALVES`] successive characters from this one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks(u32);

impl Marks {
    fn mark(self, half: u16) -> char {
        let mark = self.0 + u32::from(half) - 0xD800;
        char::from_u32(mark).unwrap_or(REPLACEMENT)
    }

    fn half(self, c: char) -> Option<u16> {
        let offset = u32::from(c).checked_sub(self.0).filter(|offset| *offset < HALVES)?;
        u16::try_from(0xD800 + offset).ok()
    }
}

/// Replaces the lone halves of `json`. Returns `None` if there are none.
pub(super) fn rewrite(json: &str) -> Option<Rewritten> {
    let halves = lone_halves(json);
    if halves.is_empty() {
        return None;
    }
    let marks = unused_marks(json);
    let replace = |mark: &dyn Fn(u16) -> char| {
        let mut out = String::with_capacity(json.len());
        let mut from = 0;
        for (at, half) in &halves {
            out.push_str(json.get(from..*at).unwrap_or_default());
            out.push(mark(*half));
            from = at + ESCAPE_LENGTH;
        }
        out + json.get(from..).unwrap_or_default()
    };
    let clean = replace(&|_| REPLACEMENT);
    let marked = replace(&|half| marks.mark(half));
    Some(Rewritten { clean, marked, marks })
}

/// The length of an escape such as `\ud83e`, in bytes.
const ESCAPE_LENGTH: usize = 6;

/// Returns the positions and the values of the escaped halves that are not part of a pair.
fn lone_halves(json: &str) -> Vec<(usize, u16)> {
    let bytes = json.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr(b'\\', rest)) {
        at += next;
        let second = unit(bytes, at + ESCAPE_LENGTH);
        at += match unit(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(second, Some(0xDC00..=0xDFFF)) => 2 * ESCAPE_LENGTH,
            Some(half @ 0xD800..=0xDFFF) => {
                found.push((at, half));
                ESCAPE_LENGTH
            }
            Some(_) => ESCAPE_LENGTH,
            None => 2,
        };
    }
    found
}

/// Returns the UTF-16 unit that is escaped at this position.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + ESCAPE_LENGTH)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16).and_then(|digit| u16::try_from(digit).ok())?;
        Some((unit << 4) | digit)
    })
}

/// Returns marks that do not occur in `json`, neither as characters nor as escapes.
fn unused_marks(json: &str) -> Marks {
    let bytes = json.as_bytes();
    let escaped = (0..bytes.len()).filter_map(|at| {
        let pair = [unit(bytes, at)?, unit(bytes, at + ESCAPE_LENGTH)?];
        char::decode_utf16(pair).next()?.ok()
    });
    // There are 64 ranges of marks, one for each bit.
    let mut used = 0_u64;
    for c in json.chars().chain(escaped) {
        if let Some(offset) = u32::from(c).checked_sub(FIRST_MARK) {
            used |= 1 << (offset / HALVES);
        }
    }
    Marks(FIRST_MARK + used.trailing_ones().min(63) * HALVES)
}

/// Joins the halves at the borders of the pieces of one text.
#[derive(Debug, Default)]
pub(super) struct HalfJoiner {
    /// The first half of a pair, at the end of the last piece.
    pending: Option<u16>,
}

impl HalfJoiner {
    /// Returns the next piece with characters instead of marks. `marks` is `None` if the piece has
    /// none. A half at the end is held back.
    #[inline]
    pub(super) fn join<'a>(&mut self, piece: Cow<'a, str>, marks: Option<Marks>) -> Cow<'a, str> {
        if piece.is_empty() || (self.pending.is_none() && marks.is_none()) {
            return piece;
        }
        self.replace_marks(&piece, marks).into()
    }

    fn replace_marks(&mut self, piece: &str, marks: Option<Marks>) -> String {
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            let half = marks.and_then(|marks| marks.half(c));
            let first = self.pending.take();
            if let (Some(first), Some(second @ 0xDC00..=0xDFFF)) = (first, half) {
                let joined = char::decode_utf16([first, second]).next();
                out.push(joined.and_then(Result::ok).unwrap_or(REPLACEMENT));
                continue;
            }
            if first.is_some() {
                out.push(REPLACEMENT);
            }
            match half {
                None => out.push(c),
                Some(half @ 0xD800..=0xDBFF) => self.pending = Some(half),
                Some(_) => out.push(REPLACEMENT),
            }
        }
        out
    }

    /// Returns what replaces the half that was held back, after the last piece.
    pub(super) fn finish(&mut self) -> &'static str {
        self.pending.take().map_or("", |_| "\u{FFFD}")
    }
}
