//! The sections of the guide, one file each.

pub(crate) mod chat;
pub(crate) mod content_safety;
pub(crate) mod extras;
pub(crate) mod image;
pub(crate) mod info;
pub(crate) mod json;
pub(crate) mod parameters;
pub(crate) mod stream;
pub(crate) mod tools;

use std::error::Error;
use std::io::{self, Write};

use callsign::Request;
use callsign::model::ModelResponse;

/// The result of a section.
pub(crate) type SectionResult = Result<(), Box<dyn Error>>;

/// Returns the request that most sections send.
pub(crate) fn question() -> Request {
    Request::user("How many languages are in the world?")
        .instructions("You are a helpful assistant.")
}

/// Writes a response and its token usage.
pub(crate) fn write_response(response: &ModelResponse, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Response: {}", response.text())?;
    writeln!(out, "Finish reason: {}", response.finish_reason)?;
    writeln!(out, "Model: {}", response.model.as_deref().unwrap_or("unknown"))?;
    let Some(usage) = response.usage else { return Ok(()) };
    writeln!(out, "Usage:")?;
    writeln!(out, "  Prompt tokens: {}", usage.input_tokens)?;
    writeln!(out, "  Completion tokens: {}", usage.output_tokens)?;
    writeln!(out, "  Total tokens: {}", usage.total_tokens())
}
