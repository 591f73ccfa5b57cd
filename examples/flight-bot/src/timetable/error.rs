//! Errors of the data and of lookups.

use super::clock::{Date, Moment};

/// An error in the built-in data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct DataError {
    /// The file, below `data/`.
    pub file: &'static str,
    /// The line number, starting at 1.
    pub line: usize,
    /// The problem in this line.
    pub problem: DataProblem,
}

/// A problem in a line of the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataProblem {
    /// The line has the wrong number of fields.
    #[error("expected {expected} fields, found {found}")]
    Fields {
        /// The number of fields of this kind of file.
        expected: usize,
        /// The number of fields of the line.
        found: usize,
    },
    /// A field is not valid.
    #[error("{text:?} is not a valid {expected}")]
    InvalidField {
        /// The kind of value that the field should have.
        expected: &'static str,
        /// The text of the field.
        text: &'static str,
    },
}

/// A lookup without a result. The message is written for the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No place has this name.
    #[error("Unknown place: {name:?}.{}", suggestion(.similar))]
    UnknownPlace {
        /// The name in the request.
        name: String,
        /// Similar names.
        similar: Vec<String>,
    },
    /// Several cities have this name.
    #[error("{name:?} could be {}. Give the city and its state.", .cities.join(" or "))]
    AmbiguousPlace {
        /// The name in the request.
        name: String,
        /// The cities with this name, each with its state.
        cities: Vec<String>,
    },
    /// An airport serves both the origin and the destination.
    #[error("{from} and {to} are the same place. No flight is needed.")]
    SamePlace {
        /// The name of the origin.
        from: String,
        /// The name of the destination.
        to: String,
    },
    /// The timetable has no flight between the two places.
    #[error(
        "There are no flights available from {from} to {to}. \
         You should take a train, specially if it helps to reduce CO2 emissions."
    )]
    NoFlight {
        /// The name of the origin.
        from: String,
        /// The name of the destination.
        to: String,
    },
    /// There are flights between the two places, but no later ones.
    #[error(
        "No flight from {from} to {to} departs after {after}. The timetable ends on {last_day}."
    )]
    NoLaterFlight {
        /// The name of the origin.
        from: String,
        /// The name of the destination.
        to: String,
        /// The earliest departure of the request.
        after: Moment,
        /// The last day of the timetable.
        last_day: Date,
    },
    /// The day is not in the timetable.
    #[error("{day} is not in the timetable. Use a day from {first_day} to {last_day}.")]
    OutsideTimetable {
        /// The day in the request.
        day: Date,
        /// The first day of the timetable.
        first_day: Date,
        /// The last day of the timetable.
        last_day: Date,
    },
    /// The text is not a flight number.
    #[error("{text:?} is not a flight number. Give the airline and the digits, such as DL 1443.")]
    NotAFlightNumber {
        /// The text in the request.
        text: String,
    },
    /// No flight in the timetable has this number.
    #[error("There is no flight {flight_number} from New York from {first_day} to {last_day}.")]
    UnknownFlight {
        /// The flight number in the format of the timetable.
        flight_number: String,
        /// The first day of the timetable.
        first_day: Date,
        /// The last day of the timetable.
        last_day: Date,
    },
    /// The flight exists but not on this day.
    #[error("{flight_number} does not fly on {day}. It flies on {}.", join_days(.days))]
    NotOnDay {
        /// The flight number in the format of the timetable.
        flight_number: String,
        /// The day in the request.
        day: Date,
        /// The days on which the flight exists.
        days: Vec<Date>,
    },
}

fn suggestion(similar: &[String]) -> String {
    match similar {
        [] => " The timetable covers flights from New York to cities of the United States. \
               Give the name of a city or the IATA code of an airport."
            .to_owned(),
        similar => format!(" Did you mean {}?", similar.join(" or ")),
    }
}

fn join_days(days: &[Date]) -> String {
    days.iter().map(Date::to_string).collect::<Vec<_>>().join(", ")
}
