//! What can go wrong: in the data, and in a question.

use super::clock::{Date, Moment};

/// The data that is part of the program could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct DataError {
    /// The file, below `data/`.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: DataProblem,
}

/// What is wrong with a line of the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataProblem {
    /// The line has fewer or more fields than its header promises.
    #[error("{found} fields, where {expected} are expected")]
    Fields {
        /// How many the kind of file has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A field cannot be read as what it should be.
    #[error("{text:?} is no {expected}")]
    Unreadable {
        /// What the field should be.
        expected: &'static str,
        /// What it is.
        text: &'static str,
    },
}

/// A question that has no answer, in words for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No airport serves a place of this name.
    #[error("No airport is known for {name:?}.{}", did_you_mean(.near))]
    UnknownPlace {
        /// The name as it was given.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// The name belongs to several cities.
    #[error("{name:?} could be {}. Say which one is meant.", .cities.join(" or "))]
    AmbiguousPlace {
        /// The name as it was given.
        name: String,
        /// The cities of that name, each with its state.
        cities: Vec<String>,
    },
    /// Origin and destination are the same place.
    #[error("{from} and {to} are the same place: no flight is needed.")]
    SamePlace {
        /// The name of the origin.
        from: String,
        /// The name of the destination.
        to: String,
    },
    /// Nobody flies from one place to the other.
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
    /// There are flights between the two places, but none so late.
    #[error(
        "No flight from {from} to {to} leaves after {after}: the timetable ends with {last_day}."
    )]
    NoneLeft {
        /// The name of the origin.
        from: String,
        /// The name of the destination.
        to: String,
        /// The moment after which flights were asked for.
        after: Moment,
        /// The timetable's last day.
        last_day: Date,
    },
    /// The date is not one of the timetable's.
    #[error("{day} is outside of the timetable, which covers {first_day} to {last_day}.")]
    OutsideTimetable {
        /// The day that was asked for.
        day: Date,
        /// The timetable's first day.
        first_day: Date,
        /// The timetable's last day.
        last_day: Date,
    },
    /// The text is not a flight number.
    #[error("{text:?} is not a flight number: give the airline and digits, such as DL 1443.")]
    NotAFlightNumber {
        /// The text as it was given.
        text: String,
    },
    /// No flight of the timetable has the number.
    #[error("No flight {flight_number} leaves New York from {first_day} to {last_day}.")]
    UnknownFlight {
        /// The number, as the timetable writes it.
        flight_number: String,
        /// The timetable's first day.
        first_day: Date,
        /// The timetable's last day.
        last_day: Date,
    },
    /// The flight exists and does not fly on the day.
    #[error("{flight_number} does not fly on {day}; it flies on {}.", listed(.days))]
    NotThatDay {
        /// The number, as the timetable writes it.
        flight_number: String,
        /// The day that was asked for.
        day: Date,
        /// The days on which it flies.
        days: Vec<Date>,
    },
}

fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => " The timetable covers flights from New York to cities of the United States: \
               give the name of a city, or an airport's IATA code."
            .to_owned(),
        near => format!(" Did you mean {}?", near.join(" or ")),
    }
}

fn listed(days: &[Date]) -> String {
    days.iter().map(Date::to_string).collect::<Vec<_>>().join(", ")
}
