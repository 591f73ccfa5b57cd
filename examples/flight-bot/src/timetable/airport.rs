//! Airports: the public type and the row of the data.

use callsign::data;

/// An airport.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Airport {
    /// The IATA code, such as JFK.
    pub code: String,
    /// The name of the airport.
    pub name: String,
    /// The city that the airport serves.
    pub city: String,
    /// The state or territory of the United States.
    pub state: String,
}

/// A row of `airports.csv`.
#[derive(Debug)]
pub(super) struct AirportRow {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) city: &'static str,
    pub(super) state_code: &'static str,
    pub(super) state: &'static str,
    /// The offset from UTC in minutes. It is the same on all days of the data.
    pub(super) utc_offset: i64,
}

impl AirportRow {
    /// Returns the airport for the caller.
    pub(super) fn to_airport(&self) -> Airport {
        Airport {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            city: self.city.to_owned(),
            state: self.state.to_owned(),
        }
    }
}
