//! What stands out in a sentence before any tool is looked at: dates, times, codes, addresses and numbers.

use std::ops::Range;

use super::dates::{self, Day, Mention};
use super::lexicon;
use super::text::{Kind, Token, tokenise};

/// What a marked stretch of a sentence is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MarkKind {
    Date(Mention),
    /// A time of day; the minutes since midnight where they are known.
    Time(Option<u32>),
    /// An airline's code and the number after it.
    Code {
        carrier: String,
        number: String,
    },
    Email,
    Number(f64),
}

/// A marked stretch of tokens.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    pub(super) kind: MarkKind,
}

/// A sentence cut into tokens, with what stands out in it.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) source: String,
    pub(super) tokens: Vec<Token>,
    pub(super) marks: Vec<Mark>,
}

impl Sentence {
    /// Reads a sentence.
    pub(super) fn read(source: &str) -> Self {
        let tokens = tokenise(source);
        let marks = scan(&tokens);
        Self { source: source.to_owned(), tokens, marks }
    }

    /// The mark that covers token `at`.
    pub(super) fn mark_at(&self, at: usize) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.range.contains(&at))
    }

    /// The words of a stretch as they were written.
    pub(super) fn slice(&self, range: &Range<usize>) -> &str {
        match (self.tokens.get(range.start), self.tokens[..range.end].last()) {
            (Some(first), Some(last)) if first.start <= last.end => {
                &self.source[first.start..last.end]
            }
            _ => "",
        }
    }

    /// Puts the words of `phrase` in the place of token `at`, and reads the sentence anew.
    pub(super) fn replaced(&self, at: usize, phrase: &str) -> Self {
        let token = &self.tokens[at];
        Self::read(&format!("{}{phrase}{}", &self.source[..token.start], &self.source[token.end..]))
    }
}

fn scan(tokens: &[Token]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = (tokens[at].kind == Kind::Word)
            .then(|| {
                email(&tokens[at])
                    .or_else(|| date(tokens, at))
                    .or_else(|| time(tokens, at))
                    .or_else(|| code(tokens, at))
                    .or_else(|| number(tokens, at))
            })
            .flatten();
        let length = found.as_ref().map_or(1, |(length, _)| *length);
        if let Some((length, kind)) = found {
            marks.push(Mark { range: at..at + length, kind });
        }
        at += length;
    }
    marks
}

type Found = Option<(usize, MarkKind)>;

fn lower(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).filter(|token| token.kind == Kind::Word).map_or("", |token| &token.lower)
}

fn email(token: &Token) -> Found {
    let (user, host) = token.text.split_once('@')?;
    (!user.is_empty() && host.contains('.')).then_some((1, MarkKind::Email))
}

fn date(tokens: &[Token], at: usize) -> Found {
    let first = lower(tokens, at);
    let full = |day: Option<Day>| day.map(|day| (1, MarkKind::Date(Mention::Full(day))));
    if let Some(found) = full(Day::from_iso(first)).or_else(|| full(slashed(first))) {
        return Some(found);
    }
    if first.split('/').count() == 3
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/')
    {
        return Some((1, MarkKind::Date(Mention::Vague)));
    }
    if let Some((length, mention)) = month_day(tokens, at).or_else(|| relative(tokens, at)) {
        return Some((length, MarkKind::Date(mention)));
    }
    let (qualifier, name) = match first {
        "next" | "this" | "coming" => (1, lower(tokens, at + 1)),
        _ => (0, first),
    };
    if let Some(weekday) = dates::weekday(name) {
        return Some((qualifier + 1, MarkKind::Date(Mention::Weekday(weekday))));
    }
    if qualifier == 1 && matches!(name, "week" | "weekend" | "month" | "year" | "summer" | "winter")
    {
        return Some((2, MarkKind::Date(Mention::Vague)));
    }
    let lone_month = tokens[at].is_capital() && dates::month(first).is_some() && first.len() > 3;
    (lone_month && at > 0).then_some((1, MarkKind::Date(Mention::Vague)))
}

/// `7/14/2013` and `14/7/2013`, where only one reading is possible.
fn slashed(word: &str) -> Option<Day> {
    let parts: Vec<u32> = word.split('/').map_while(|part| part.parse().ok()).collect();
    let [first, second, year] = parts[..] else { return None };
    let (month, day) = match (first > 12, second > 12) {
        (false, true) => (first, second),
        (true, false) => (second, first),
        _ if first == second => (first, second),
        _ => return None,
    };
    (year > 1000).then(|| Day::new(i64::from(year), month, day)).flatten()
}

fn day_number(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| word.strip_suffix(suffix))
        .unwrap_or(word);
    let day = (digits.len() <= 2).then(|| digits.parse::<u32>().ok())??;
    (1..=31).contains(&day).then_some(day)
}

/// `July 4`, `July 4th, 2013`, `4 July 2013`, `4th of July`.
fn month_day(tokens: &[Token], at: usize) -> Option<(usize, Mention)> {
    let (month, day, mut length) = if let Some(month) = dates::month(lower(tokens, at)) {
        (month, day_number(lower(tokens, at + 1))?, 2)
    } else {
        let day = day_number(lower(tokens, at))?;
        let of = usize::from(lower(tokens, at + 1) == "of");
        (dates::month(lower(tokens, at + 1 + of))?, day, 2 + of)
    };
    let comma = usize::from(tokens.get(at + length).is_some_and(|token| token.text == ","));
    let year = lower(tokens, at + length + comma);
    let year = (year.len() == 4).then(|| year.parse::<i64>().ok()).flatten();
    if let Some(full) = year.and_then(|year| Day::new(year, month, day)) {
        length += comma + 1;
        return Some((length, Mention::Full(full)));
    }
    Some((length, Mention::MonthDay(month, day)))
}

fn relative(tokens: &[Token], at: usize) -> Option<(usize, Mention)> {
    let found = match lower(tokens, at) {
        "today" | "tonight" => (1, Mention::Relative(0)),
        "tomorrow" => (1, Mention::Relative(1)),
        "yesterday" => (1, Mention::Relative(-1)),
        "day" if lower(tokens, at + 1) == "after" && lower(tokens, at + 2) == "tomorrow" => {
            (3, Mention::Relative(2))
        }
        _ => return None,
    };
    Some(found)
}

fn time(tokens: &[Token], at: usize) -> Found {
    let first = lower(tokens, at);
    match first {
        "noon" => return Some((1, MarkKind::Time(Some(12 * 60)))),
        "midnight" => return Some((1, MarkKind::Time(Some(0)))),
        "morning" | "afternoon" | "evening" => return Some((1, MarkKind::Time(None))),
        _ => {}
    }
    let half = |word: &str| match word {
        "am" | "a.m" | "a.m." => Some(false),
        "pm" | "p.m" | "p.m." => Some(true),
        _ => None,
    };
    if let Some((clock, late)) =
        ["am", "pm"].iter().find_map(|end| Some((first.strip_suffix(end)?, *end == "pm")))
    {
        return Some((1, MarkKind::Time(Some(minutes(clock, Some(late))?))));
    }
    if let Some(late) = half(lower(tokens, at + 1)) {
        return Some((2, MarkKind::Time(Some(minutes(first, Some(late))?))));
    }
    if lower(tokens, at + 1) == "o'clock" {
        return Some((2, MarkKind::Time(Some(minutes(first, None)?))));
    }
    if first.contains(':') {
        return Some((1, MarkKind::Time(Some(minutes(first, None)?))));
    }
    let led = at > 0 && matches!(lower(tokens, at - 1), "at" | "after" | "before");
    let ends = tokens.get(at + 1).is_none_or(|token| token.kind == Kind::Break || token.is("and"));
    (led && ends && first.len() <= 2)
        .then(|| minutes(first, None))
        .flatten()
        .map(|time| (1, MarkKind::Time(Some(time))))
}

fn minutes(clock: &str, late: Option<bool>) -> Option<u32> {
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "0"));
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    let hour = match late {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(true) => hour % 12 + 12,
        Some(false) => hour % 12,
        None => hour,
    };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `UA 1545`, `DL1234`, `b6 917`.
fn code(tokens: &[Token], at: usize) -> Found {
    let text = &tokens[at].text;
    let digits = |part: &str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let carrier = |part: &str| {
        let known = lexicon::is_airline_code(&part.to_lowercase());
        let upper = part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
        let shape = (part.len() == 2 && letters >= 1) || (part.len() == 3 && letters == 3);
        shape
            && (known || upper)
            && !(letters == 2 && lexicon::is_function(&part.to_lowercase()) && !upper)
    };
    let next = tokens.get(at + 1).filter(|token| token.kind == Kind::Word && digits(&token.text));
    if let Some(number) = next.filter(|_| carrier(text)) {
        return Some((
            2,
            MarkKind::Code { carrier: text.to_uppercase(), number: number.text.clone() },
        ));
    }
    [2, 3].into_iter().filter(|cut| text.is_char_boundary(*cut) && *cut < text.len()).find_map(
        |cut| {
            let (head, tail) = text.split_at(cut);
            let tail = tail.strip_prefix('-').unwrap_or(tail);
            let found = carrier(head) && digits(tail);
            found.then(|| {
                (1, MarkKind::Code { carrier: head.to_uppercase(), number: tail.to_owned() })
            })
        },
    )
}

fn number(tokens: &[Token], at: usize) -> Found {
    let word = lower(tokens, at);
    let plain =
        word.trim_start_matches(['$', '\u{20ac}', '\u{a3}']).trim_end_matches('%').replace(',', "");
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    if digits.starts_with(|letter: char| letter.is_ascii_digit()) {
        let value = plain.parse().ok().filter(|value: &f64| value.is_finite());
        return value.map(|value| (1, MarkKind::Number(value)));
    }
    let before = at.checked_sub(1).map_or("", |before| lower(tokens, before));
    if word == "one" {
        let after = lower(tokens, at + 1);
        let counts = !after.is_empty() && !lexicon::is_function(after) && after != "way";
        let points = matches!(before, "this" | "that" | "the" | "which" | "next" | "no")
            || lexicon::ordinal(before).is_some();
        return (counts && !points).then_some((1, MarkKind::Number(1.0)));
    }
    lexicon::number_word(word).map(|value| (1, MarkKind::Number(f64::from(value))))
}

#[cfg(test)]
mod tests;
