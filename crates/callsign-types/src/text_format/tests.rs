#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod events;
mod properties;
mod reasoning;

use std::sync::Arc;

use serde_json::json;

use super::parser::TextParser;
use super::pieces::Piece;
use super::text_format::TextFormat;
use crate::request::ToolDefinition;

/// What the parser made of a text.
#[derive(Debug, Default, PartialEq)]
struct Parsed {
    text: String,
    reasoning: String,
    /// Names and arguments.
    calls: Vec<(String, String)>,
}

fn tools() -> Arc<[ToolDefinition]> {
    let parameters = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    });
    ["weather", "pay"].map(|name| ToolDefinition::new(name, "", parameters.clone())).into()
}

fn collect(parsed: &mut Parsed, pieces: Vec<Piece>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => parsed.text.push_str(&text),
            Piece::Reasoning(text) => parsed.reasoning.push_str(&text),
            Piece::Call(call) => parsed.calls.push((call.name, call.arguments)),
        }
    }
}

fn parse<'a>(format: &TextFormat, deltas: impl IntoIterator<Item = &'a str>) -> Parsed {
    let mut parser = TextParser::new(format.clone(), tools());
    let mut parsed = Parsed::default();
    for delta in deltas {
        collect(&mut parsed, parser.push(delta));
    }
    collect(&mut parsed, parser.finish());
    parsed
}

/// Parses a text at once and character by character, which must agree.
#[track_caller]
fn parse_any(format: &TextFormat, text: &str) -> Parsed {
    let whole = parse(format, [text]);
    let mut buffer = [0; 4];
    let mut parser = TextParser::new(format.clone(), tools());
    let mut parsed = Parsed::default();
    for c in text.chars() {
        collect(&mut parsed, parser.push(c.encode_utf8(&mut buffer)));
    }
    collect(&mut parsed, parser.finish());
    assert_eq!(parsed, whole, "character by character: {text}");
    whole
}
