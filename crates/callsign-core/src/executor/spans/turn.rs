//! The span of a turn.

use tracing::{Span, debug_span};

/// Opens the span of a turn: one model call and its tool calls.
///
/// OpenTelemetry's GenAI conventions define no such span; the name and the field are Callsign's.
pub(crate) fn open(turn: u32) -> Span {
    debug_span!(
        target: "callsign",
        "turn",
        "callsign.turn" = i64::from(turn),
    )
}
