//! Splits a sentence into words, quotations and punctuation.

use crate::language::abbreviations::is_abbreviation;
use crate::language::lexicon;

/// The kind of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word, number or code.
    Word,
    /// Quoted text, without its quotation marks.
    Quoted,
    /// Punctuation between words.
    Punctuation,
}

/// A token, with its position in the sentence.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) text: String,
    /// `text` in lower case.
    pub(crate) lower: String,
    /// Byte offsets in the sentence.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// Creates a token for the bytes `start..end` of the sentence.
    fn new(kind: TokenKind, text: &str, start: usize, end: usize) -> Self {
        Self { kind, text: text.to_owned(), lower: text.to_lowercase(), start, end }
    }

    /// Whether this is a word that starts with a capital letter.
    pub(crate) fn is_capitalized(&self) -> bool {
        self.kind == TokenKind::Word && self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether this is the word `word`. `word` must be in lower case.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.lower == word
    }
}

/// Splits a sentence into tokens.
pub(crate) fn tokenize(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if let Some((inner_start, inner_end, next)) = quotation(source, at) {
            let inner = &source[inner_start..inner_end];
            tokens.push(Token::new(TokenKind::Quoted, inner, inner_start, inner_end));
            at = next;
        } else {
            let length = source[at..].find(char::is_whitespace).unwrap_or(source.len() - at);
            tokenize_chunk(&source[at..at + length], at, &mut tokens);
            at += length;
        }
    }
    tokens
}

/// Returns the inner range of a quotation that opens at `at`, and the offset after it. `None` if none opens there.
fn quotation(source: &str, at: usize) -> Option<(usize, usize, usize)> {
    let open = source[at..].chars().next()?;
    let close = match open {
        '"' => '"',
        '\u{201c}' => '\u{201d}',
        '\u{ab}' => '\u{bb}',
        '\'' => '\'',
        '\u{2018}' => '\u{2019}',
        _ => return None,
    };
    let start = at + open.len_utf8();
    let closes = |offset: &usize| {
        let after = source[start + offset + close.len_utf8()..].chars().next();
        !after.is_some_and(char::is_alphanumeric)
    };
    let end = source[start..].match_indices(close).map(|(offset, _)| offset).find(closes)? + start;
    (end > start).then_some((start, end, end + close.len_utf8()))
}

/// Adds the tokens of a chunk: text without white space, at byte `offset` of the sentence.
fn tokenize_chunk(text: &str, offset: usize, tokens: &mut Vec<Token>) {
    let head = text.trim_start_matches(['(', '[', '{', '<', '*', '#', '`', '"', '\'']);
    let start = offset + text.len() - head.len();
    if matches!(head, "->" | "=>" | "\u{2192}") {
        tokens.push(Token::new(TokenKind::Word, "to", start, start + head.len()));
        return;
    }
    if matches!(head, "&" | "+") {
        tokens.push(Token::new(TokenKind::Word, "and", start, start + head.len()));
        return;
    }
    let body =
        head.trim_end_matches(|letter: char| ".,;:!?)]}>*\"'`\u{2026}\u{201d}".contains(letter));
    split_punctuation(body, start, tokens);
    let tail = &head[body.len()..];
    let keeps_period = is_abbreviation(body) || matches!(&*body.to_lowercase(), "a.m" | "p.m");
    if let Some((offset, mark)) =
        tail.char_indices().find(|(_, letter)| ".,;:!?\u{2026}".contains(*letter))
        && !(keeps_period && tail == ".")
    {
        let at = start + body.len() + offset;
        tokens.push(Token::new(
            TokenKind::Punctuation,
            &mark.to_string(),
            at,
            at + mark.len_utf8(),
        ));
    }
}

/// Splits a chunk at commas, semicolons, dashes and arrows.
fn split_punctuation(body: &str, start: usize, tokens: &mut Vec<Token>) {
    let mut from = 0;
    for (at, letter) in body.char_indices() {
        let between_digits = body[..at].ends_with(|l: char| l.is_ascii_digit())
            && body[at + letter.len_utf8()..].starts_with(|l: char| l.is_ascii_digit());
        let splits = matches!(letter, '\u{2014}' | '\u{2013}' | '\u{2192}' | ';')
            || (letter == ',' && !between_digits);
        if splits {
            split_word(&body[from..at], start + from, tokens);
            let (kind, text) = if letter == '\u{2192}' {
                (TokenKind::Word, "to")
            } else {
                (TokenKind::Punctuation, ",")
            };
            tokens.push(Token::new(kind, text, start + at, start + at + letter.len_utf8()));
            from = at + letter.len_utf8();
        }
    }
    split_word(&body[from..], start + from, tokens);
}

/// Adds one word. Splits short forms such as `2d6`, `JFK-SEA`, `20-sided` and `x=8`, and removes a possessive `'s`.
fn split_word(text: &str, start: usize, tokens: &mut Vec<Token>) {
    if text.is_empty() {
        return;
    }
    let end = start + text.len();
    let mut word = |text: &str, from: usize, to: usize| {
        tokens.push(Token::new(TokenKind::Word, text, from, to));
    };
    if let Some((count, sides)) = dice(text) {
        let middle = start + count.len();
        if !count.is_empty() {
            word(count, start, middle);
            word("dice", middle, middle + 1);
        }
        word(sides, middle + 1, end);
        word("sides", end, end);
    } else if let Some((left, right)) =
        text.split_once('-').filter(|(left, right)| is_route(left, right))
    {
        let middle = start + left.len();
        word(left, start, middle);
        word("to", middle, middle + 1);
        word(right, middle + 1, end);
    } else if let Some((count, noun)) =
        text.split_once('-').filter(|(count, noun)| is_measure(count, noun))
    {
        let middle = start + count.len();
        word(count, start, middle);
        word(noun, middle + 1, end);
    } else if let Some((name, value)) =
        text.split_once('=').filter(|(name, value)| is_assignment(name, value))
    {
        let middle = start + name.len();
        word(name, start, middle);
        word("=", middle, middle + 1);
        word(value, middle + 1, end);
    } else {
        let bare =
            ["'s", "\u{2019}s"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
        word(&bare.replace('\u{2019}', "'"), start, start + bare.len());
    }
}

/// Returns the count and the sides of dice notation: `2` and `6` for `2d6`.
fn dice(text: &str) -> Option<(&str, &str)> {
    let (count, sides) = text.split_once(['d', 'D'])?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(count) && digits(sides) && !sides.is_empty()).then_some((count, sides))
}

/// Whether this is a route between two airport codes, such as `JFK-SEA`.
fn is_route(left: &str, right: &str) -> bool {
    let code = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    code(left) && code(right)
}

/// Whether this is a name with a value, such as `x=8`. `a==b` and `https://example.com/?q=1` are not.
fn is_assignment(name: &str, value: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    !name.is_empty() && name.chars().all(is_name) && !value.is_empty() && !value.contains('=')
}

/// Whether this is a number with a noun, such as `20-sided`.
fn is_measure(count: &str, noun: &str) -> bool {
    let number = count.bytes().all(|byte| byte.is_ascii_digit())
        || lexicon::number_word(&count.to_lowercase()).is_some();
    !count.is_empty()
        && number
        && !noun.is_empty()
        && noun.chars().all(char::is_alphabetic)
        && noun != "way"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, expected: &[&str]) {
        let texts: Vec<String> = tokenize(sentence).into_iter().map(|token| token.text).collect();
        assert_eq!(texts, expected, "{sentence}");
    }

    #[test]
    fn sentences_are_split_into_tokens() {
        check(
            "Chicago,Houston; and St. Louis?",
            &["Chicago", ",", "Houston", ";", "and", "St", "Louis", "?"],
        );
        check(
            "Find \"salt and pepper\", 1,000 times",
            &["Find", "salt and pepper", ",", "1,000", "times"],
        );
        check("Chicago's 'best of' O'Hare", &["Chicago", "best of", "O'Hare"]);
        check(
            "2d6 and a 20-sided die",
            &["2", "dice", "6", "sides", "and", "a", "20", "sided", "die"],
        );
        check("JFK-SEA \u{2192} 2013-07-04", &["JFK", "to", "SEA", "to", "2013-07-04"]);
        check(
            "\u{c5}rhus\u{2014}T\u{14d}ky\u{14d}!",
            &["\u{c5}rhus", ",", "T\u{14d}ky\u{14d}", "!"],
        );
        check("", &[]);
    }
}
