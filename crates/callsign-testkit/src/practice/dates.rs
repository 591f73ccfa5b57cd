//! Days of the calendar, and the ways in which a sentence names one.

use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    year: i64,
    month: u32,
    day: u32,
}

impl Day {
    /// The day, where there is such a day.
    pub(super) fn new(year: i64, month: u32, day: u32) -> Option<Self> {
        let this = Self { year, month, day };
        let real = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && Self::from_number(this.number()) == this;
        real.then_some(this)
    }

    /// Reads `2013-07-04`.
    pub(super) fn from_iso(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (year.len(), month.len(), day.len()) != (4, 2, 2)
            || ![year, month, day].into_iter().all(digits)
        {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// The present day in UTC.
    pub(super) fn now() -> Self {
        let seconds =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        Self::from_number(i64::try_from(seconds / 86_400).unwrap_or(0))
    }

    /// The days since 1 January 1970.
    fn number(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn from_number(number: i64) -> Self {
        let shifted = number + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Self {
            year,
            month: u32::try_from(month).unwrap_or(1),
            day: u32::try_from(day).unwrap_or(1),
        }
    }

    fn plus(self, days: i64) -> Self {
        Self::from_number(self.number() + days)
    }

    /// Monday is 0.
    fn weekday(self) -> i64 {
        (self.number() + 3).rem_euclid(7)
    }

    fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What a sentence says about a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// A day with its year.
    Full(Day),
    /// A day of a month, in no stated year.
    MonthDay(u32, u32),
    /// So many days from today.
    Relative(i64),
    /// The next day of this name; Monday is 0.
    Weekday(i64),
    /// Words about time that name no single day.
    Vague,
}

/// What the conversation says about the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Almanac {
    pub(super) today: Day,
    /// A year that the instructions name.
    pub(super) year: Option<i64>,
}

impl Almanac {
    /// Reads the instructions: a date beside the word "today" is today, and a lone year is the year in question.
    pub(super) fn read(instructions: &str) -> Self {
        let word_of =
            |word: &str| word.trim_matches(|letter: char| !letter.is_ascii_digit()).to_owned();
        let words: Vec<String> = instructions.split_whitespace().map(word_of).collect();
        let says_today = instructions.to_lowercase().contains("today");
        let stated = words.iter().find_map(|word| Day::from_iso(word)).filter(|_| says_today);
        let lone = |word: &String| {
            let year = (word.len() == 4).then(|| word.parse::<i64>().ok())??;
            (1900..=2100).contains(&year).then_some(year)
        };
        let today = stated.unwrap_or_else(Day::now);
        Self { today, year: words.iter().find_map(lone).or(stated.map(|day| day.year)) }
    }

    /// The value for a date argument: an ISO day where `iso` is wanted, otherwise the words as they were said.
    pub(super) fn value(&self, mention: &Mention, said: &str, iso: bool) -> Option<String> {
        if !iso {
            return Some(said.to_owned());
        }
        let day = match *mention {
            Mention::Full(day) => day,
            Mention::MonthDay(month, day) => self.next_occurrence(month, day)?,
            Mention::Relative(days) => self.today.plus(days),
            Mention::Weekday(weekday) => {
                let ahead = (weekday - self.today.weekday()).rem_euclid(7);
                self.today.plus(if ahead == 0 { 7 } else { ahead })
            }
            Mention::Vague => return None,
        };
        Some(day.iso())
    }

    fn next_occurrence(&self, month: u32, day: u32) -> Option<Day> {
        if let Some(year) = self.year {
            return Day::new(year, month, day);
        }
        (0..=8)
            .filter_map(|ahead| Day::new(self.today.year + ahead, month, day))
            .find(|candidate| *candidate >= self.today)
    }
}

/// The number of a month from its name or its first letters.
pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    let at = MONTHS
        .iter()
        .position(|month| *month == word || (word.len() == 3 && month.starts_with(word)));
    let at = at.or((word == "sept").then_some(8))?;
    u32::try_from(at + 1).ok()
}

/// The number of a weekday from its name; Monday is 0.
pub(super) fn weekday(word: &str) -> Option<i64> {
    const DAYS: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.strip_suffix('s').unwrap_or(word);
    DAYS.iter().position(|day| *day == word).and_then(|at| i64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_and_read() {
        for text in ["1970-01-01", "2000-02-29", "2013-07-04", "2024-12-31", "2100-03-01"] {
            assert_eq!(Day::from_iso(text).map(Day::iso).as_deref(), Some(text));
        }
        for text in ["2013-02-29", "2013-13-01", "2013-7-4", "+013-07-04", "x"] {
            assert_eq!(Day::from_iso(text), None, "{text}");
        }
        assert_eq!(Day::from_iso("2013-07-04").unwrap().weekday(), 3);
        assert_eq!(Day::from_iso("2013-12-31").unwrap().plus(1).iso(), "2014-01-01");
    }

    #[test]
    fn mentions_become_days_only_where_a_day_is_wanted() {
        let almanac = Almanac::read("You help. Today is 2013-07-03.");
        let check = |mention: Mention, said: &str, iso: Option<&str>| {
            assert_eq!(almanac.value(&mention, said, true).as_deref(), iso, "{said}");
            assert_eq!(almanac.value(&mention, said, false).as_deref(), Some(said));
        };
        check(Mention::Relative(1), "tomorrow", Some("2013-07-04"));
        check(Mention::Weekday(2), "Wednesday", Some("2013-07-10"));
        check(Mention::MonthDay(7, 4), "July 4", Some("2013-07-04"));
        check(Mention::Vague, "this summer", None);
        assert_eq!(Almanac::read("The timetable is of 2013.").year, Some(2013));
        assert_eq!(Almanac::read("No year here").year, None);
    }
}
