//! A moment on a wall clock.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// A day of the calendar; it parses from and shows as `2013-07-04`.
pub use jiff::civil::Date;

/// A minute on a wall clock, such as `2013-07-04T08:00`. Which city's clock, its owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime);

impl Moment {
    /// The clock of a bot that nobody told another: three days of the data lie behind it, eight
    /// ahead.
    pub(super) const DEFAULT_NOW: Self = Self(jiff::civil::datetime(2013, 7, 4, 8, 0, 0, 0));

    /// A time of day on a day, both on the same clock.
    pub(super) fn on(day: Date, time: jiff::civil::Time) -> Self {
        Self(day.to_datetime(time))
    }

    /// The day of this moment.
    pub fn date(self) -> Date {
        self.0.date()
    }

    /// The moment that is so many minutes later, or earlier if negative.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(SignedDuration::from_mins(minutes)))
    }

    /// How many minutes lie between an earlier moment and this one.
    pub(super) fn minutes_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_mins()
    }
}

impl From<Date> for Moment {
    /// The day's midnight, with which it begins.
    fn from(day: Date) -> Self {
        Self(day.to_datetime(jiff::civil::Time::midnight()))
    }
}

impl FromStr for Moment {
    type Err = ParseMomentError;

    /// Reads `2013-07-04T08:00`, `2013-07-04 08:00`, or a day alone for its midnight.
    fn from_str(text: &str) -> Result<Self, ParseMomentError> {
        match text.trim().parse() {
            Ok(moment) => Ok(Self(moment)),
            Err(cause) => Err(ParseMomentError { text: text.to_owned(), cause }),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.0.hour(), self.0.minute());
        write!(formatter, "{}T{hour:02}:{minute:02}", self.0.date())
    }
}

/// A text that is no moment.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text:?} is not a local date and time such as 2013-07-04T08:00")]
pub struct ParseMomentError {
    text: String,
    #[source]
    cause: jiff::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        let cases = [
            ("2013-07-04T08:00", "2013-07-04T08:00"),
            ("2013-07-04 23:59", "2013-07-04T23:59"),
            (" 2013-07-04T08:05:30 ", "2013-07-04T08:05"),
            ("2013-07-04", "2013-07-04T00:00"),
        ];
        for (text, shown) in cases {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), shown);
        }
        let error = "tomorrow".parse::<Moment>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"tomorrow\" is not a local date and time such as 2013-07-04T08:00"
        );
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn counts_minutes_over_midnight() {
        let evening: Moment = "2013-07-31T23:50".parse().unwrap();
        let morning = evening.plus_minutes(15);
        assert_eq!(morning.to_string(), "2013-08-01T00:05");
        assert_eq!(morning.minutes_since(evening), 15);
        assert_eq!(morning.plus_minutes(-15), evening);
        assert!(evening < morning);
    }
}
