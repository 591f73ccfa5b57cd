//! Terminal output: answers go to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};

use callsign::agent::ToolCallEnded;
use callsign::{Error, Event, Reply};

/// The maximum number of characters shown of a tool call or its result.
const MAX_WIDTH: usize = 160;

/// The output of the program, at a terminal or redirected.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Whether the last line of the answer still lacks its line break.
    is_line_open: bool,
    color: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { is_line_open: false, color }
    }

    /// Shows an event of a run.
    pub(crate) fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::TextDelta(text) => self.text(text),
            Event::ToolCall(call) => {
                self.note(&format!("→ {} {}", one_line(&call.name), one_line(&call.arguments)))
            }
            Event::ToolResult(result) => self.note(&format!("← {}", describe(result))),
            Event::Retrying(retry) => {
                let (wait, reason) = (retry.after.as_secs_f64(), one_line(&retry.reason));
                self.note(&format!("(retrying in {wait:.1} s: {reason})"))
            }
            _ => Ok(()),
        }
    }

    /// Shows the token usage and the number of turns and tool calls.
    pub(crate) fn summary(&mut self, reply: &Reply) -> io::Result<()> {
        self.end_line()?;
        if let Some(limit) = reply.limit_reached() {
            self.note(&format!("(limit reached: {limit})"))?;
        }
        let usage = reply.usage();
        self.note(&format!(
            "{} tokens in, {} out; {}, {}",
            usage.input_tokens,
            usage.output_tokens,
            count(reply.turns(), "turn"),
            count(reply.tool_calls(), "tool call"),
        ))
    }

    /// Shows an error on one line.
    pub(crate) fn error(&mut self, error: &Error) -> io::Result<()> {
        self.end_line()?;
        writeln!(io::stderr(), "error: {error}")
    }

    /// Writes a line to standard error.
    pub(crate) fn note(&mut self, line: &str) -> io::Result<()> {
        self.end_line()?;
        let mut out = io::stderr();
        if self.color { writeln!(out, "\x1b[2m{line}\x1b[0m") } else { writeln!(out, "{line}") }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        if !text.is_empty() {
            self.is_line_open = !text.ends_with('\n');
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_line_open) { writeln!(io::stdout()) } else { Ok(()) }
    }
}

fn describe(result: &ToolCallEnded) -> String {
    let (name, text) = (one_line(&result.name), one_line(&result.content.text()));
    format!("{name} ({} ms): {text}", result.elapsed.as_millis())
}

/// Returns `text` on one line of at most [`MAX_WIDTH`] characters.
///
/// The text comes from the model or from a tool, so control characters are removed: escape
/// sequences could control the terminal.
fn one_line(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::new();
    while let Some(word) = words.find(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(MAX_WIDTH) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

fn count(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
