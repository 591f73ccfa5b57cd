//! A timetable of twelve days of real flights from New York.
//!
//! All functions are pure lookups in data that is built into the program (see `data/README.md`).
//! The clock is fixed: [`Timetable::now`] is a time in July 2013, and no result contains anything
//! that happened later. Error messages are written for the model, which receives them as the result
//! of its tool call.

mod airport;
mod clock;
mod departure;
mod error;
mod flight;
mod load;
mod number;
mod places;
mod source;
mod table;

#[cfg(test)]
mod tests;

pub use airport::Airport;
pub use clock::{Date, Moment, ParseMomentError};
pub use error::{DataError, DataProblem, LookupError};
pub use flight::{Flight, FlightState, FlightStatus};
pub use table::Timetable;
