//! The spans of a run, in the form of OpenTelemetry's GenAI conventions.
//!
//! Without a subscriber a span costs one comparison: no field is computed.

pub(crate) mod content;
pub(crate) mod model;
pub(crate) mod open;
pub(crate) mod tool;
pub(crate) mod turn;
