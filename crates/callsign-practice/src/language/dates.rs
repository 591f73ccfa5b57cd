//! Calendar dates, and how a sentence can mention one.

use std::time::{SystemTime, UNIX_EPOCH};

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: i64,
    month: u32,
    day: u32,
}

impl Date {
    /// Creates a date. `None` if it does not exist.
    pub(crate) fn new(year: i64, month: u32, day: u32) -> Option<Self> {
        let date = Self { year, month, day };
        // 31 June becomes 1 July on the way to a day number and back.
        let exists = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && Self::from_day_number(date.day_number()) == date;
        exists.then_some(date)
    }

    /// Parses an ISO 8601 date such as `2013-07-04`.
    pub(crate) fn from_iso(text: &str) -> Option<Self> {
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

    /// Returns the current date in UTC.
    pub(crate) fn today() -> Self {
        let seconds =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        Self::from_day_number(i64::try_from(seconds / 86_400).unwrap_or(0))
    }

    /// Returns the number of days since 1970-01-01. The algorithm is Howard Hinnant's `days_from_civil`.
    fn day_number(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn from_day_number(number: i64) -> Self {
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

    pub(crate) fn year(self) -> i64 {
        self.year
    }

    fn add_days(self, days: i64) -> Self {
        Self::from_day_number(self.day_number() + days)
    }

    /// Returns the day of the week. Monday is 0.
    fn weekday(self) -> i64 {
        (self.day_number() + 3).rem_euclid(7)
    }

    fn to_iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A mention of a date in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DateMention {
    /// A date with its year.
    Full(Date),
    /// A month and a day, without a year.
    MonthDay(u32, u32),
    /// A number of days from today.
    Relative(i64),
    /// The next such day of the week. Monday is 0.
    Weekday(i64),
    /// Words that do not identify a single day, such as "next week".
    Vague,
}

/// What the instructions say about the date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DateContext {
    pub(crate) today: Date,
    /// The year that mentions without a year belong to. `None` if the instructions name none.
    pub(crate) year: Option<i64>,
}

impl DateContext {
    /// Returns the value of a date argument: an ISO date if `iso` is true, else `text`, the words of the sentence.
    /// `None` if an ISO date is required and the mention does not identify one.
    pub(crate) fn value(&self, mention: &DateMention, text: &str, iso: bool) -> Option<String> {
        if !iso {
            return Some(text.to_owned());
        }
        let date = match *mention {
            DateMention::Full(date) => date,
            DateMention::MonthDay(month, day) => self.next_occurrence(month, day)?,
            DateMention::Relative(days) => self.today.add_days(days),
            DateMention::Weekday(weekday) => {
                let ahead = (weekday - self.today.weekday()).rem_euclid(7);
                self.today.add_days(if ahead == 0 { 7 } else { ahead })
            }
            DateMention::Vague => return None,
        };
        Some(date.to_iso())
    }

    fn next_occurrence(&self, month: u32, day: u32) -> Option<Date> {
        if let Some(year) = self.year {
            return Date::new(year, month, day);
        }
        // Eight years ahead always include a 29 February.
        (0..=8)
            .filter_map(|ahead| Date::new(self.today.year + ahead, month, day))
            .find(|candidate| *candidate >= self.today)
    }
}

/// Returns the number of a month by its name or its first three letters.
pub(crate) fn month(word: &str) -> Option<u32> {
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

/// Returns the number of a day of the week by its name. Monday is 0.
pub(crate) fn weekday(word: &str) -> Option<i64> {
    const DAYS: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.strip_suffix('s').unwrap_or(word);
    DAYS.iter().position(|day| *day == word).and_then(|at| i64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_iso_dates_are_parsed() {
        for text in ["1970-01-01", "2000-02-29", "2013-07-04", "2024-12-31", "2100-03-01"] {
            assert_eq!(Date::from_iso(text).map(Date::to_iso).as_deref(), Some(text));
        }
        for text in ["2013-02-29", "2013-13-01", "2013-7-4", "+013-07-04", "x"] {
            assert_eq!(Date::from_iso(text), None, "{text}");
        }
        assert_eq!(Date::from_iso("2013-07-04").unwrap().weekday(), 3);
        assert_eq!(Date::from_iso("2013-12-31").unwrap().add_days(1).to_iso(), "2014-01-01");
    }

    #[test]
    fn mentions_become_iso_dates_if_required() {
        let context = DateContext::read("You help. Today is 2013-07-03.");
        let check = |mention: DateMention, text: &str, iso: Option<&str>| {
            assert_eq!(context.value(&mention, text, true).as_deref(), iso, "{text}");
            assert_eq!(context.value(&mention, text, false).as_deref(), Some(text));
        };
        check(DateMention::Relative(1), "tomorrow", Some("2013-07-04"));
        check(DateMention::Weekday(2), "Wednesday", Some("2013-07-10"));
        check(DateMention::MonthDay(7, 4), "July 4", Some("2013-07-04"));
        check(DateMention::Vague, "this summer", None);
        assert_eq!(DateContext::read("The timetable is of 2013.").year, Some(2013));
        assert_eq!(DateContext::read("No year here").year, None);
    }
}
