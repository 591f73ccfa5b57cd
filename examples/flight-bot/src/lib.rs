//! A flight agent on a real timetable: an example of Callsign.
//!
//! - [`timetable`] is what the agent knows: plain Rust, and nothing of agents.
//! - [`tools`] makes it the model's.
//! - `main.rs` and its rooms talk to a terminal.

pub mod timetable;
pub mod tools;
