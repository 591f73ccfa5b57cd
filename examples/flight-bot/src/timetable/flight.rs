//! What is told about flights.

use callsign::data;

use super::airport::Airport;

/// A scheduled flight. Each time is local at its own airport.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// The airline's name.
    pub airline: String,
    /// The airline's code and the number, such as DL 1443.
    pub flight_number: String,
    /// Where it leaves.
    pub origin: Airport,
    /// Where it lands.
    pub destination: Airport,
    /// Scheduled departure, local at the origin, such as 2013-07-04T09:30.
    pub departure: String,
    /// Scheduled arrival, local at the destination.
    pub arrival: String,
    /// Scheduled minutes from gate to gate.
    pub duration_minutes: i64,
}

/// How a flight stands, as far as it is known at the bot's clock.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlightStatus {
    /// The flight as it is scheduled.
    pub flight: Flight,
    /// The bot's clock, in New York's time: nothing later is known.
    pub as_of: String,
    /// What the flight is doing.
    pub state: FlightState,
    /// Minutes by which it left late (negative: early). While it is delayed: by how many it is late
    /// so far.
    pub departure_delay_minutes: Option<i64>,
    /// Minutes by which it landed late (negative: early).
    pub arrival_delay_minutes: Option<i64>,
    /// When it left, local at the origin.
    pub actual_departure: Option<String>,
    /// When it landed, local at the destination.
    pub actual_arrival: Option<String>,
}

/// What a flight is doing.
#[data]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlightState {
    /// Its departure is to come; only the schedule is known.
    Scheduled,
    /// It should have left and has not.
    Delayed,
    /// It has left and not landed.
    Departed,
    /// It has landed.
    Landed,
    /// It was cancelled.
    Cancelled,
    /// It left, and did not land at its destination when it was due: most likely it was diverted.
    Diverted,
}
