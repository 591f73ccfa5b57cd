//! Local times without a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// A calendar day. It parses from and displays as `2013-07-04`.
pub use jiff::civil::Date;

/// A local time with minute precision, such as `2013-07-04T08:00`.
///
/// It does not name its time zone; the field or parameter that holds it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime);

impl Moment {
    /// The default clock. Three days of the data are before it and eight days after it.
    pub(super) const DEFAULT_NOW: Self = Self(jiff::civil::datetime(2013, 7, 4, 8, 0, 0, 0));

    /// Returns the moment at `time` on `day`.
    pub(super) fn on(day: Date, time: jiff::civil::Time) -> Self {
        Self(day.to_datetime(time))
    }

    /// Returns the day of this moment.
    pub fn date(self) -> Date {
        self.0.date()
    }

    /// Returns the moment `minutes` later, or earlier if `minutes` is negative.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(SignedDuration::from_mins(minutes)))
    }

    /// Returns the minutes from `earlier` to this moment.
    pub(super) fn minutes_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_mins()
    }
}

impl From<Date> for Moment {
    /// Returns midnight at the start of `day`.
    fn from(day: Date) -> Self {
        Self(day.to_datetime(jiff::civil::Time::midnight()))
    }
}

impl FromStr for Moment {
    type Err = ParseMomentError;

    /// Parses `2013-07-04T08:00` or `2013-07-04 08:00`. A day alone means its midnight.
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

/// The error for text that is not a [`Moment`].
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
    fn moments_parse_and_display() {
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
    fn minutes_are_counted_across_midnight() {
        let evening: Moment = "2013-07-31T23:50".parse().unwrap();
        let morning = evening.plus_minutes(15);
        assert_eq!(morning.to_string(), "2013-08-01T00:05");
        assert_eq!(morning.minutes_since(evening), 15);
        assert_eq!(morning.plus_minutes(-15), evening);
        assert!(evening < morning);
    }
}
