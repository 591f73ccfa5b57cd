//! Which day the instructions say it is.

use std::ops::Range;

use crate::language::dates::{Date, DateContext, DateMention};
use crate::language::entities::{EntityKind, Sentence};
use crate::language::tokenizer::{Token, TokenKind};

impl DateContext {
    /// Reads the instructions. Today is the first full date that they call the current one, such as "Today is July 4,
    /// 2013" or "Current time: 2013-07-04T08:00". Otherwise, it is the date in UTC. Mentions without a year belong to
    /// the year of that date, else to the first number from 1900 to 2100.
    pub(crate) fn read(instructions: &str) -> Self {
        let lines: Vec<&str> =
            instructions.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let stated = (0..lines.len()).find_map(|at| {
            // "Today's date:" and `<now>` can have the date on the next line.
            let title = at.checked_sub(1).map(|before| lines[before]);
            let title = title.filter(|line| line.ends_with([':', '>']));
            stated_in_line(lines[at])
                .or_else(|| stated_in_line(&format!("{} {}", title?, lines[at])))
        });
        let mut words = instructions
            .split_whitespace()
            .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_digit()));
        let year = words.find_map(|word| {
            let year = (word.len() == 4).then(|| word.parse::<i64>().ok())??;
            (1900..=2100).contains(&year).then_some(year)
        });
        let today = stated.unwrap_or_else(Date::today);
        Self { today, year: stated.map(Date::year).or(year) }
    }
}

/// Returns the date that a line calls the current one.
fn stated_in_line(line: &str) -> Option<Date> {
    // Markup and JSON around names and values: `<now>`, `"current_date"`.
    let plain: String = line
        .chars()
        .map(|letter| if "<>\"{}[]()*_`|=".contains(letter) { ' ' } else { letter })
        .collect();
    let sentence = Sentence::read(&plain);
    let is_end = |token: &Token| {
        token.kind == TokenKind::Punctuation && matches!(token.text.as_str(), "." | "!" | "?" | ";")
    };
    sentence.entities.iter().find_map(|entity| {
        let EntityKind::Date(DateMention::Full(date)) = entity.kind else { return None };
        let before = &sentence.tokens[..entity.range.start];
        let after = &sentence.tokens[entity.range.end..];
        let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
        let end = after.iter().position(is_end).unwrap_or(after.len());
        let is_current =
            is_announced(&sentence, start..entity.range.start) || is_explained(&after[..end]);
        is_current.then_some(date)
    })
}

/// Whether the words before a date announce the current one: "today is", "the time in New York is", "it is Thursday,".
fn is_announced(sentence: &Sentence, before: Range<usize>) -> bool {
    let word = |at: usize| sentence.tokens[at].lower.as_str();
    let is_weekday = |at: usize| {
        let kind = sentence.entity_at(at).map(|entity| &entity.kind);
        matches!(kind, Some(EntityKind::Date(DateMention::Weekday(_))))
    };
    let start_of_run = |end: usize, test: &dyn Fn(usize) -> bool| {
        before
            .clone()
            .rev()
            .skip_while(|at| *at >= end)
            .take_while(|at| test(*at))
            .last()
            .unwrap_or(end)
    };
    let verb = start_of_run(before.end, &|at| is_weekday(at) || is_link(word(at)));
    let subject = start_of_run(verb, &|at| is_clock(word(at)) || is_attribute(word(at)));
    let mut words_back = subject.saturating_sub(1).max(before.start)..before.end;
    if words_back.clone().any(|at| is_cue(word(at))) {
        return true;
    }
    // "It is July 4, 2013", but not "it is on July 4, 2013".
    let names_it = words_back.clone().any(|at| matches!(word(at), "it" | "it's"));
    if names_it && !words_back.any(|at| word(at) == "on") {
        return true;
    }
    let names_clock = |at: usize| {
        let is_own = at == before.start || is_attribute(word(at - 1));
        is_own && is_clock(word(at))
    };
    // "The time in New York is", but not "the date of the party is".
    let names_place = |at: usize| {
        matches!(word(at + 1), "in" | "at")
            && (at + 2..verb).all(|at| sentence.tokens[at].is_capitalized())
    };
    let has_verb = (verb..before.end).any(|at| matches!(word(at), "is" | ":"));
    let of_clock = (subject..verb).any(names_clock);
    of_clock || (has_verb && (before.start..verb).any(|at| names_clock(at) && names_place(at)))
}

/// Whether the words after a date call it the current one: "is today", "as the current date".
fn is_explained(after: &[Token]) -> bool {
    let mut words = after.iter().map(|token| token.lower.as_str());
    let word = words.find(|word| !matches!(*word, "is" | "as" | "the" | "," | "be"));
    word.is_some_and(|word| matches!(word, "today" | "now" | "current"))
}

fn is_cue(word: &str) -> bool {
    matches!(word, "today" | "now" | "current" | "currently")
}

fn is_clock(word: &str) -> bool {
    matches!(word, "date" | "time" | "day" | "clock" | "datetime")
}

/// Whether a word can stand before "date" or "time" if that is the current one.
fn is_attribute(word: &str) -> bool {
    matches!(word, "the" | "local" | "system" | "and" | "utc")
}

/// Whether a word can stand between "today" or "the date" and the date.
fn is_link(word: &str) -> bool {
    matches!(word, "is" | ":" | "," | "on" | "set" | "to" | "the")
}
