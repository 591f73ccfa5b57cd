//! Recognizes entities in a sentence: dates, times, flight codes, email addresses and numbers.

use std::ops::Range;

use crate::language::dates::{self, Date, DateMention};
use crate::language::lexicon;
use crate::language::tokenizer::{Token, TokenKind, tokenize};

/// The kind and the value of an [`Entity`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EntityKind {
    Date(DateMention),
    /// A time of day, in minutes since midnight. `None` for a part of the day, such as "morning".
    Time(Option<u32>),
    /// A flight code, such as `UA 1545`.
    FlightCode {
        carrier: String,
        number: String,
    },
    Email,
    Number(f64),
}

/// An entity, with the range of its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) range: Range<usize>,
    pub(crate) kind: EntityKind,
}

/// A sentence with its tokens and entities.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) source: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) entities: Vec<Entity>,
}

impl Sentence {
    /// Tokenizes a text and recognizes its entities.
    pub(crate) fn read(source: &str) -> Self {
        let tokens = tokenize(source);
        let entities = recognize(&tokens);
        Self { source: source.to_owned(), tokens, entities }
    }

    /// Returns the entity that covers token `at`.
    pub(crate) fn entity_at(&self, at: usize) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.range.contains(&at))
    }

    /// Returns the source text of a range of tokens.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        match (self.tokens.get(range.start), self.tokens[..range.end].last()) {
            (Some(first), Some(last)) if first.start <= last.end => {
                &self.source[first.start..last.end]
            }
            _ => "",
        }
    }

    /// Returns the sentence with token `at` replaced by `phrase`.
    pub(crate) fn with_replaced_token(&self, at: usize, phrase: &str) -> Self {
        let token = &self.tokens[at];
        Self::read(&format!("{}{phrase}{}", &self.source[..token.start], &self.source[token.end..]))
    }
}

/// Finds the entities of a sentence, from left to right. Entities do not overlap.
fn recognize(tokens: &[Token]) -> Vec<Entity> {
    let mut entities = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = (tokens[at].kind == TokenKind::Word)
            .then(|| {
                email(&tokens[at])
                    .or_else(|| date(tokens, at))
                    .or_else(|| time(tokens, at))
                    .or_else(|| flight_code(tokens, at))
                    .or_else(|| number(tokens, at))
            })
            .flatten();
        let length = found.as_ref().map_or(1, |(length, _)| *length);
        if let Some((length, kind)) = found {
            entities.push(Entity { range: at..at + length, kind });
        }
        at += length;
    }
    entities
}

/// The number of tokens of an entity, and its kind.
type Recognized = Option<(usize, EntityKind)>;

/// Returns the word at `at` in lower case, or an empty string.
fn lower(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).filter(|token| token.kind == TokenKind::Word).map_or("", |token| &token.lower)
}

fn email(token: &Token) -> Recognized {
    let (user, host) = token.text.split_once('@')?;
    (!user.is_empty() && host.contains('.')).then_some((1, EntityKind::Email))
}

/// Recognizes absolute, relative and vague dates.
fn date(tokens: &[Token], at: usize) -> Recognized {
    let first = lower(tokens, at);
    let full = |day: Option<Date>| day.map(|day| (1, EntityKind::Date(DateMention::Full(day))));
    // A date and a time, such as `2013-07-04T08:00`.
    let date_part = first.split_once('t').map_or(first, |(date, _)| date);
    if let Some(found) = full(Date::from_iso(date_part)).or_else(|| full(slashed(first))) {
        return Some(found);
    }
    if first.split('/').count() == 3
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/')
    {
        return Some((1, EntityKind::Date(DateMention::Vague)));
    }
    if let Some((length, mention)) = month_day(tokens, at).or_else(|| relative(tokens, at)) {
        return Some((length, EntityKind::Date(mention)));
    }
    let (qualifier, name) = match first {
        "next" | "this" | "coming" => (1, lower(tokens, at + 1)),
        _ => (0, first),
    };
    if let Some(weekday) = dates::weekday(name) {
        return Some((qualifier + 1, EntityKind::Date(DateMention::Weekday(weekday))));
    }
    if qualifier == 1 && matches!(name, "week" | "weekend" | "month" | "year" | "summer" | "winter")
    {
        return Some((2, EntityKind::Date(DateMention::Vague)));
    }
    // "May I …" at the start of a sentence is not a month.
    let lone_month =
        tokens[at].is_capitalized() && dates::month(first).is_some() && first.len() > 3;
    (lone_month && at > 0).then_some((1, EntityKind::Date(DateMention::Vague)))
}

/// Parses `7/14/2013` and `14/7/2013`. `None` if both orders of month and day are possible.
fn slashed(word: &str) -> Option<Date> {
    let parts: Vec<u32> = word.split('/').map_while(|part| part.parse().ok()).collect();
    let [first, second, year] = parts[..] else { return None };
    let (month, day) = match (first > 12, second > 12) {
        (false, true) => (first, second),
        (true, false) => (second, first),
        _ if first == second => (first, second),
        _ => return None,
    };
    (year > 1000).then(|| Date::new(i64::from(year), month, day)).flatten()
}

/// Parses a day of the month, such as `4` or `4th`.
fn day_number(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| word.strip_suffix(suffix))
        .unwrap_or(word);
    let day = (digits.len() <= 2).then(|| digits.parse::<u32>().ok())??;
    (1..=31).contains(&day).then_some(day)
}

/// Recognizes `July 4`, `July 4th, 2013`, `4 July 2013` and `4th of July`.
fn month_day(tokens: &[Token], at: usize) -> Option<(usize, DateMention)> {
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
    if let Some(full) = year.and_then(|year| Date::new(year, month, day)) {
        length += comma + 1;
        return Some((length, DateMention::Full(full)));
    }
    Some((length, DateMention::MonthDay(month, day)))
}

/// Recognizes `today`, `tomorrow`, `yesterday` and `day after tomorrow`.
fn relative(tokens: &[Token], at: usize) -> Option<(usize, DateMention)> {
    let found = match lower(tokens, at) {
        "today" | "tonight" => (1, DateMention::Relative(0)),
        "tomorrow" => (1, DateMention::Relative(1)),
        "yesterday" => (1, DateMention::Relative(-1)),
        "day" if lower(tokens, at + 1) == "after" && lower(tokens, at + 2) == "tomorrow" => {
            (3, DateMention::Relative(2))
        }
        _ => return None,
    };
    Some(found)
}

/// Recognizes times of day.
fn time(tokens: &[Token], at: usize) -> Recognized {
    let first = lower(tokens, at);
    match first {
        "noon" => return Some((1, EntityKind::Time(Some(12 * 60)))),
        "midnight" => return Some((1, EntityKind::Time(Some(0)))),
        "morning" | "afternoon" | "evening" => return Some((1, EntityKind::Time(None))),
        _ => {}
    }
    let is_pm = |word: &str| match word {
        "am" | "a.m" | "a.m." => Some(false),
        "pm" | "p.m" | "p.m." => Some(true),
        _ => None,
    };
    if let Some((clock, late)) =
        ["am", "pm"].iter().find_map(|end| Some((first.strip_suffix(end)?, *end == "pm")))
    {
        return Some((1, EntityKind::Time(Some(minutes(clock, Some(late))?))));
    }
    if let Some(late) = is_pm(lower(tokens, at + 1)) {
        return Some((2, EntityKind::Time(Some(minutes(first, Some(late))?))));
    }
    if lower(tokens, at + 1) == "o'clock" {
        return Some((2, EntityKind::Time(Some(minutes(first, None)?))));
    }
    if first.contains(':') {
        return Some((1, EntityKind::Time(Some(minutes(first, None)?))));
    }
    let has_cue = at > 0 && matches!(lower(tokens, at - 1), "at" | "after" | "before");
    let ends = tokens
        .get(at + 1)
        .is_none_or(|token| token.kind == TokenKind::Punctuation || token.is("and"));
    (has_cue && ends && first.len() <= 2)
        .then(|| minutes(first, None))
        .flatten()
        .map(|time| (1, EntityKind::Time(Some(time))))
}

/// Parses a clock time. `late` is true for pm, false for am, and `None` for a 24-hour clock.
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

/// Recognizes flight codes: `UA 1545`, `DL1234` and `b6 917`.
fn flight_code(tokens: &[Token], at: usize) -> Recognized {
    let text = &tokens[at].text;
    let is_number = |part: &str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_carrier = |part: &str| {
        let is_known = lexicon::is_airline_code(&part.to_lowercase());
        let is_upper = part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
        let has_form = (part.len() == 2 && letters >= 1) || (part.len() == 3 && letters == 3);
        // "as 12" is not a flight of Alaska Airlines, but "AS 12" is.
        has_form
            && (is_known || is_upper)
            && !(letters == 2 && lexicon::is_function_word(&part.to_lowercase()) && !is_upper)
    };
    let next =
        tokens.get(at + 1).filter(|token| token.kind == TokenKind::Word && is_number(&token.text));
    if let Some(number) = next.filter(|_| is_carrier(text)) {
        return Some((
            2,
            EntityKind::FlightCode { carrier: text.to_uppercase(), number: number.text.clone() },
        ));
    }
    [2, 3]
        .into_iter()
        .filter(|length| text.is_char_boundary(*length) && *length < text.len())
        .find_map(|length| {
            let (head, tail) = text.split_at(length);
            let tail = tail.strip_prefix('-').unwrap_or(tail);
            let found = is_carrier(head) && is_number(tail);
            found.then(|| {
                (
                    1,
                    EntityKind::FlightCode {
                        carrier: head.to_uppercase(),
                        number: tail.to_owned(),
                    },
                )
            })
        })
}

/// Recognizes numbers in digits or words, also with a currency sign or a percent sign.
fn number(tokens: &[Token], at: usize) -> Recognized {
    let word = lower(tokens, at);
    let plain =
        word.trim_start_matches(['$', '\u{20ac}', '\u{a3}']).trim_end_matches('%').replace(',', "");
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    if digits.starts_with(|letter: char| letter.is_ascii_digit()) {
        let value = plain.parse().ok().filter(|value: &f64| value.is_finite());
        return value.map(|value| (1, EntityKind::Number(value)));
    }
    let before = at.checked_sub(1).map_or("", |before| lower(tokens, before));
    // "one seat" is a number, "the second one" is not.
    if word == "one" {
        let after = lower(tokens, at + 1);
        let is_count = !after.is_empty() && !lexicon::is_function_word(after) && after != "way";
        let is_reference = matches!(before, "this" | "that" | "the" | "which" | "next" | "no")
            || lexicon::ordinal(before).is_some();
        return (is_count && !is_reference).then_some((1, EntityKind::Number(1.0)));
    }
    lexicon::number_word(word).map(|value| (1, EntityKind::Number(f64::from(value))))
}

#[cfg(test)]
mod tests;
