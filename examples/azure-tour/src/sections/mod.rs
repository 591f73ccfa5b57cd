//! The sections of the guide, a file each, and what they have in common.

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

use callsign::{ModelReply, Request};

/// How a section ends.
pub(crate) type Shown = Result<(), Box<dyn Error>>;

/// The question that most sections ask.
pub(crate) fn question() -> Request {
    Request::user("How many languages are in the world?")
        .instructions("You are a helpful assistant.")
}

/// Writes a reply and what it took.
pub(crate) fn write_reply(reply: &ModelReply, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Response: {}", reply.text())?;
    writeln!(out, "Finish reason: {}", reply.finish_reason)?;
    writeln!(out, "Model: {}", reply.model.as_deref().unwrap_or("unknown"))?;
    let Some(usage) = reply.usage else { return Ok(()) };
    writeln!(out, "Usage:")?;
    writeln!(out, "  Prompt tokens: {}", usage.input_tokens)?;
    writeln!(out, "  Completion tokens: {}", usage.output_tokens)?;
    writeln!(out, "  Total tokens: {}", usage.total_tokens())
}
