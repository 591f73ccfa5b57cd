//! The span of a turn.

use tracing::{Span, debug_span};

/// The span of a turn: one call of the model, and the calls of tools that its reply makes.
///
/// OpenTelemetry's conventions have no word for it, so that the name and the field are our own.
pub(crate) fn open(turn: u32) -> Span {
    debug_span!(target: "callsign", "turn", "otel.kind" = "internal", "callsign.turn" = i64::from(turn))
}
