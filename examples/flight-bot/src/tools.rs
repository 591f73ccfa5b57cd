//! The tools of the agent: lookups in the timetable.
//!
//! Each tool is an ordinary function that tests can call directly. Its doc comments are what the
//! model receives: the function's as the description of the tool, the parameters' in the schema.

use std::fmt;

use callsign::{data, tool};

use crate::timetable::{
    Airport, Date, Flight, FlightStatus, LookupError, Moment, ParseMomentError, Timetable,
};

/// A day, as YYYY-MM-DD.
#[data]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("format" = "date"))]
#[derive(Clone, Copy, Debug)]
pub struct Day(Date);

/// Returns the next flights between two cities: airline, flight number, dates and times.
#[tool(read_only, group = "flights")]
pub fn next_flights(
    /// The city or airport code of the departure.
    origin_city: String,
    /// The city or airport code of the arrival.
    destination_city: String,
    /// The day of departure, as YYYY-MM-DD. Default: now.
    date: Option<Day>,
    /// The number of flights. Default: 3.
    #[schemars(range(min = 1, max = 9))]
    limit: Option<usize>,
    #[state] timetable: &Timetable,
) -> Result<Vec<Flight>, LookupError> {
    let now = timetable.now();
    let after = date.map_or(now, |day| Moment::from(day.0).max(now));
    timetable.next_flights(&origin_city, &destination_city, after, limit.unwrap_or(3).clamp(1, 9))
}

/// Returns the status of a flight: its schedule, its delays, and whether it has departed, landed
/// or was cancelled.
#[tool(read_only, group = "flights")]
pub fn flight_status(
    /// The flight number with the airline code, such as UA 1581.
    flight_number: String,
    /// The day of departure, as YYYY-MM-DD. Default: the flight closest to now.
    date: Option<Day>,
    #[state] timetable: &Timetable,
) -> Result<FlightStatus, LookupError> {
    timetable.status(&flight_number, date.map(|day| day.0))
}

/// Returns the airports of a city, with their codes and names.
#[tool(read_only, group = "flights")]
pub fn airports_of_city(
    /// The city.
    city: String,
    #[state] timetable: &Timetable,
) -> Result<Vec<Airport>, LookupError> {
    timetable.airports(&city)
}

impl TryFrom<String> for Day {
    type Error = ParseMomentError;

    fn try_from(day: String) -> Result<Self, ParseMomentError> {
        day.parse::<Moment>().map(|moment| Self(moment.date()))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
