//! Models whose text contains reasoning and tool calls.

mod text_reasoning;
mod text_tool_calls;

pub use self::text_reasoning::TextReasoning;
pub use self::text_tool_calls::TextToolCalls;

use callsign_types::request::Request;
use callsign_types::text_format::{TextFormat, parse_events};
use callsign_types::traits::model::{Model, ModelStream};

fn stream<'a>(model: &'a dyn Model, format: &TextFormat, request: Request) -> ModelStream<'a> {
    match parse_events(format, &request) {
        Some(parser) => parser.stream(model.stream(request)),
        None => model.stream(request),
    }
}
