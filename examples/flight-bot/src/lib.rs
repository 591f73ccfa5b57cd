//! A flight agent with a real timetable: an example of Callsign.
//!
//! - [`timetable`] is plain Rust and does not depend on agents.
//! - [`tools`] exposes the timetable to the model.
//! - `main.rs` and its modules are the terminal program.

pub mod timetable;
pub mod tools;
