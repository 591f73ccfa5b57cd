//! Flights and their status, as the tools return them.

use callsign::data;

use super::airport::Airport;

/// A scheduled flight. Each time is local to its airport.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// The name of the airline.
    pub airline: String,
    /// The airline code and the number, such as DL 1443.
    pub flight_number: String,
    /// The airport of departure.
    pub origin: Airport,
    /// The airport of arrival.
    pub destination: Airport,
    /// The scheduled departure in the local time of the origin, such as 2013-07-04T09:30.
    pub departure: String,
    /// The scheduled arrival in the local time of the destination.
    pub arrival: String,
    /// The scheduled minutes from gate to gate.
    pub duration_minutes: i64,
}

/// The status of a flight at the bot's clock.
#[data]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlightStatus {
    /// The scheduled flight.
    pub flight: Flight,
    /// The time of this status, in New York time.
    pub as_of: String,
    /// The state of the flight.
    pub state: FlightState,
    /// The delay of the departure in minutes; negative means early. If the state is delayed, the
    /// delay so far.
    pub departure_delay_minutes: Option<i64>,
    /// The delay of the arrival in minutes; negative means early.
    pub arrival_delay_minutes: Option<i64>,
    /// The actual departure in the local time of the origin.
    pub actual_departure: Option<String>,
    /// The actual arrival in the local time of the destination.
    pub actual_arrival: Option<String>,
}

/// The state of a flight.
#[data]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlightState {
    /// The scheduled departure is in the future.
    Scheduled,
    /// The scheduled departure has passed and the flight has not departed.
    Delayed,
    /// The flight has departed and not landed.
    Departed,
    /// The flight has landed.
    Landed,
    /// The flight was cancelled.
    Cancelled,
    /// The flight is overdue and has no recorded arrival. It was probably diverted.
    Diverted,
}
