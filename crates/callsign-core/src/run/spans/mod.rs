//! The spans of a run, by OpenTelemetry's conventions for generative AI.
//!
//! Where nobody listens, a span is one comparison: no field is computed.

mod content;
pub(super) mod model;
mod open;
pub(super) mod run;
pub(super) mod tool;
pub(super) mod turn;
