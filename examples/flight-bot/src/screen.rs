//! What the terminal shows: the answer on standard output, everything about it on standard error.

use std::io::{self, IsTerminal, Write};

use callsign::{Error, Event, Reply, ToolCallEnded};

/// The most that is shown of a call or its result, in characters.
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
                self.aside(&format!("→ {} {}", one_line(&call.name), one_line(&call.arguments)))
            }
            Event::ToolResult(result) => self.aside(&format!("← {}", describe(result))),
            Event::Retrying(retrying) => {
                let (wait, reason) = (retrying.after.as_secs_f64(), one_line(&retrying.reason));
                self.aside(&format!("(asking again in {wait:.1} s: {reason})"))
            }
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
    let (name, text) = (one_line(&result.name), one_line(&result.content.text()));
    format!("{name} ({} ms): {text}", result.elapsed.as_millis())
}

/// The text in one line of bounded length. Models and tools write it, so that nothing in it may
/// steer the terminal.
fn one_line(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::new();
    while let Some(word) = words.find(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(WIDTH) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

fn count(number: u32, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
