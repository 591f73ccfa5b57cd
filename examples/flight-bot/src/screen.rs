//! Terminal output: answers go to standard output, everything else to standard error.
//!
//! Texts of the model, of tools and of servers lose their control characters, because escape
//! sequences could control the terminal.

use std::io::{self, IsTerminal, Write};

use callsign::agent::ToolCallEnded;
use callsign::model::Messages;
use callsign::{Error, Event, Message, Reply};

/// The maximum number of characters shown of a tool call or its result.
const MAX_WIDTH: usize = 160;

/// The number of earlier messages that are shown when a chat is resumed.
const EARLIER_MESSAGES: usize = 4;

/// The output of the program, at a terminal or redirected.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Whether the last line of the answer still lacks its line break.
    is_line_open: bool,
    /// Whether the last line is the notice that the user has to wait.
    is_waiting: bool,
    is_terminal: bool,
    color: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let color = is_terminal && std::env::var_os("NO_COLOR").is_none();
        Self { is_line_open: false, is_waiting: false, is_terminal, color }
    }

    /// Shows that an answer is being generated, until the next output. Only a terminal shows it.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        if self.is_terminal && !self.is_line_open && !self.is_waiting {
            self.is_waiting = true;
            let text = if self.color { "\x1b[2mthinking…\x1b[0m" } else { "thinking…" };
            write!(io::stderr(), "{text}")?;
        }
        Ok(())
    }

    /// Shows the newest messages of an earlier chat.
    pub(crate) fn earlier(&mut self, messages: &Messages) -> io::Result<()> {
        let lines: Vec<String> = messages.iter().filter_map(earlier_line).collect();
        let hidden = lines.len().saturating_sub(EARLIER_MESSAGES);
        if hidden > 0 {
            self.note(&format!("({hidden} earlier messages are not shown)"))?;
        }
        lines[hidden..].iter().try_for_each(|line| self.note(line))
    }

    /// Shows an event of a run.
    pub(crate) fn show(&mut self, event: &Event) -> io::Result<()> {
        let note = match event {
            Event::TextDelta(text) => return self.text(text),
            Event::ToolCall(call) => {
                format!("→ {} {}", one_line(&call.name), one_line(&call.arguments))
            }
            Event::ToolResult(result) => format!("← {}", describe(result)),
            Event::Retrying(retry) => {
                let (wait, reason) = (retry.after.as_secs_f64(), one_line(&retry.reason));
                format!("(retrying in {wait:.1} s: {reason})")
            }
            _ => return Ok(()),
        };
        self.note(&note)?;
        self.wait()
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
        writeln!(io::stderr(), "error: {}", printable(&error.to_string()))
    }

    /// Writes a line to standard error.
    pub(crate) fn note(&mut self, line: &str) -> io::Result<()> {
        self.end_line()?;
        let mut out = io::stderr();
        if self.color { writeln!(out, "\x1b[2m{line}\x1b[0m") } else { writeln!(out, "{line}") }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.end_waiting()?;
        let text = printable(text);
        let mut out = io::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        if !text.is_empty() {
            self.is_line_open = !text.ends_with('\n');
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.end_waiting()?;
        if std::mem::take(&mut self.is_line_open) { writeln!(io::stdout()) } else { Ok(()) }
    }

    fn end_waiting(&mut self) -> io::Result<()> {
        // Back to the start of the line, and erase it.
        if std::mem::take(&mut self.is_waiting) { write!(io::stderr(), "\r\x1b[K") } else { Ok(()) }
    }
}

/// Returns how an earlier message is shown. `None` for tool calls and their results.
fn earlier_line(message: &Message) -> Option<String> {
    let text = printable(&message.text());
    match message {
        Message::User(_) => Some(format!("> {text}")),
        Message::Assistant(_) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn describe(result: &ToolCallEnded) -> String {
    let (name, text) = (one_line(&result.name), one_line(&result.content.text()));
    format!("{name} ({} ms): {text}", result.elapsed.as_millis())
}

/// Returns `text` without control characters other than line breaks and tabs.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Returns `text` on one line of at most [`MAX_WIDTH`] characters, without control characters.
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
