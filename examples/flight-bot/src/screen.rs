//! What the terminal shows: the answer on standard output, everything about it on standard error.

use std::io::{self, IsTerminal, Write};

use callsign::{Error, Event, Reply, ToolCallEnded};

/// The longest line that is shown of a tool's result, in characters.
const WIDTH: usize = 160;

/// A terminal, or whatever stands in its place.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Whether the answer's line has text and no end yet.
    in_line: bool,
    color: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { in_line: false, color }
    }

    /// Shows an event as it happens.
    pub(crate) fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::TextDelta(text) => self.text(text),
            Event::ToolCall(call) => {
                self.aside(&format!("→ {} {}", call.name, call.arguments))
            }
            Event::ToolResult(result) => self.aside(&format!("← {}", describe(result))),
            _ => Ok(()),
        }
    }

    /// Shows what an answer took.
    pub(crate) fn answered(&mut self, reply: &Reply) -> io::Result<()> {
        self.end_line()?;
        if let Some(limit) = reply.limit_reached() {
            self.aside(&format!("(the limit of {limit} was reached)"))?;
        }
        let usage = reply.usage();
        self.aside(&format!(
            "{} tokens in, {} out; {}, {}",
            usage.input_tokens,
            usage.output_tokens,
            count(reply.turns(), "turn"),
            count(reply.tool_calls(), "tool call"),
        ))
    }

    /// Shows an error, in one line.
    pub(crate) fn failed(&mut self, error: &Error) -> io::Result<()> {
        self.end_line()?;
        writeln!(io::stderr(), "error: {error}")
    }

    /// Says something beside the answer.
    pub(crate) fn aside(&mut self, line: &str) -> io::Result<()> {
        self.end_line()?;
        let mut out = io::stderr();
        if self.color { writeln!(out, "\x1b[2m{line}\x1b[0m") } else { writeln!(out, "{line}") }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        if !text.is_empty() {
            self.in_line = !text.ends_with('\n');
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_line) { writeln!(io::stdout()) } else { Ok(()) }
    }
}

fn describe(result: &ToolCallEnded) -> String {
    let text = result.content.text();
    let mut line: String = text.chars().take(WIDTH).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    let line = line.replace(['\n', '\r'], " ");
    format!("{} ({} ms): {line}", result.name, result.elapsed.as_millis())
}

fn count(number: u32, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
