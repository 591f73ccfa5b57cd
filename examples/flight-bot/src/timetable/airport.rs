//! An airport, as it is told.

use callsign::data;

/// An airport.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Airport {
    /// The IATA code, such as JFK.
    pub code: String,
    /// The airport's own name.
    pub name: String,
    /// The city it belongs to.
    pub city: String,
    /// The state or territory of the United States.
    pub state: String,
}

/// An airport as the data has it.
#[derive(Debug)]
pub(super) struct AirportRow {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) city: &'static str,
    pub(super) state_code: &'static str,
    pub(super) state: &'static str,
    /// Minutes by which its clock was ahead of Greenwich on all the days of the data.
    pub(super) utc_offset: i64,
}

impl AirportRow {
    /// The airport, as it is told.
    pub(super) fn told(&self) -> Airport {
        Airport {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            city: self.city.to_owned(),
            state: self.state.to_owned(),
        }
    }
}
