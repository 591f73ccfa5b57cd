//! Cutting a sentence into words, quotations and breaks.

use super::lexicon;

/// What a piece of a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, number or code.
    Word,
    /// Quoted text, without its quotation marks.
    Quoted,
    /// Punctuation between words.
    Break,
}

/// One piece of a sentence, with the place it has there.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) lower: String,
    /// Byte offsets in the sentence.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    /// A token of `text` that stands at `start..end`.
    pub(super) fn new(kind: Kind, text: &str, start: usize, end: usize) -> Self {
        Self { kind, text: text.to_owned(), lower: text.to_lowercase(), start, end }
    }

    /// Whether this is a word that starts with a capital letter.
    pub(super) fn is_capital(&self) -> bool {
        self.kind == Kind::Word && self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether this is the word `word`, which is given in lower case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.lower == word
    }
}

/// Cuts a sentence into tokens.
pub(super) fn tokenise(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if let Some((inner_start, inner_end, next)) = quotation(source, at) {
            let inner = &source[inner_start..inner_end];
            tokens.push(Token::new(Kind::Quoted, inner, inner_start, inner_end));
            at = next;
        } else {
            let length = source[at..].find(char::is_whitespace).unwrap_or(source.len() - at);
            chunk(&source[at..at + length], at, &mut tokens);
            at += length;
        }
    }
    tokens
}

/// The inner range of a quotation that opens at `at`, and where reading goes on after it.
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

fn chunk(text: &str, offset: usize, tokens: &mut Vec<Token>) {
    let head = text.trim_start_matches(['(', '[', '{', '<', '*', '#', '`', '"', '\'']);
    let start = offset + text.len() - head.len();
    if matches!(head, "->" | "=>" | "\u{2192}") {
        tokens.push(Token::new(Kind::Word, "to", start, start + head.len()));
        return;
    }
    if matches!(head, "&" | "+") {
        tokens.push(Token::new(Kind::Word, "and", start, start + head.len()));
        return;
    }
    let body =
        head.trim_end_matches(|letter: char| ".,;:!?)]}>*\"'`\u{2026}\u{201d}".contains(letter));
    pieces(body, start, tokens);
    let tail = &head[body.len()..];
    let abbreviation = ["st", "ft", "mt", "dr", "mr", "mrs", "ms", "a.m", "p.m", "vs", "no"];
    let known = abbreviation.contains(&body.to_lowercase().as_str());
    if let Some((place, mark)) =
        tail.char_indices().find(|(_, letter)| ".,;:!?\u{2026}".contains(*letter))
        && !(known && tail == ".")
    {
        let at = start + body.len() + place;
        tokens.push(Token::new(Kind::Break, &mark.to_string(), at, at + mark.len_utf8()));
    }
}

/// Splits what stands between two blanks at commas and dashes.
fn pieces(body: &str, start: usize, tokens: &mut Vec<Token>) {
    let mut from = 0;
    for (at, letter) in body.char_indices() {
        let digits_around = body[..at].ends_with(|l: char| l.is_ascii_digit())
            && body[at + letter.len_utf8()..].starts_with(|l: char| l.is_ascii_digit());
        let cuts = matches!(letter, '\u{2014}' | '\u{2013}' | '\u{2192}' | ';')
            || (letter == ',' && !digits_around);
        if cuts {
            piece(&body[from..at], start + from, tokens);
            let (kind, text) =
                if letter == '\u{2192}' { (Kind::Word, "to") } else { (Kind::Break, ",") };
            tokens.push(Token::new(kind, text, start + at, start + at + letter.len_utf8()));
            from = at + letter.len_utf8();
        }
    }
    piece(&body[from..], start + from, tokens);
}

/// Adds one word, split further where it is a known short form.
fn piece(text: &str, start: usize, tokens: &mut Vec<Token>) {
    if text.is_empty() {
        return;
    }
    let end = start + text.len();
    let mut word =
        |text: &str, from: usize, to: usize| tokens.push(Token::new(Kind::Word, text, from, to));
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
    } else {
        let bare =
            ["'s", "\u{2019}s"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
        word(&bare.replace('\u{2019}', "'"), start, start + bare.len());
    }
}

/// `2d6` as `2` and `6`.
fn dice(text: &str) -> Option<(&str, &str)> {
    let (count, sides) = text.split_once(['d', 'D'])?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(count) && digits(sides) && !sides.is_empty()).then_some((count, sides))
}

/// `JFK-SEA`.
fn is_route(left: &str, right: &str) -> bool {
    let code = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    code(left) && code(right)
}

/// `20-sided`.
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
        let texts: Vec<String> = tokenise(sentence).into_iter().map(|token| token.text).collect();
        assert_eq!(texts, expected, "{sentence}");
    }

    #[test]
    fn sentences_are_cut() {
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
