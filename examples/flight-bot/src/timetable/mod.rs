//! Twelve days of real flights from New York, and what can be asked about them.
//!
//! Everything here is a pure lookup in data that is part of the program (`data/README.md` says
//! where it is from), at a *stated clock*: [`Timetable::now`] is a moment of July 2013, and nothing
//! that happened after it is told. Errors are written for the language model, which reads them as
//! the answer to its call.

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
