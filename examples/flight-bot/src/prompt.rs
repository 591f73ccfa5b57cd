//! Input of questions, from a terminal or a pipe.

use std::io::{self, BufRead, IsTerminal};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// A reader of questions, one per line.
pub(crate) enum Prompt {
    Terminal(Box<DefaultEditor>),
    Pipe,
}

/// One input of the user.
#[derive(Debug)]
pub(crate) enum Input {
    Question(String),
    /// `/help`.
    Help,
    /// A line that starts with a slash.
    UnknownCommand(String),
    /// Ctrl-C, which does not end the chat.
    Interrupted,
    /// `exit`, Ctrl-D, or the end of the pipe.
    End,
}

impl Input {
    /// Reads a line: a command, or a question.
    fn from_line(line: &str) -> Self {
        let line = line.trim();
        match line.to_lowercase().as_str() {
            "exit" | "quit" | "/exit" | "/quit" => Self::End,
            "help" | "/help" | "?" => Self::Help,
            command if command.starts_with('/') => Self::UnknownCommand(line.to_owned()),
            _ => Self::Question(line.to_owned()),
        }
    }
}

impl Prompt {
    pub(crate) fn new() -> io::Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Pipe);
        }
        let editor = DefaultEditor::new().map_err(io::Error::other)?;
        Ok(Self::Terminal(Box::new(editor)))
    }

    /// Reads the next input.
    ///
    /// Reading blocks, so it moves `self` to a blocking thread and returns it with the input.
    pub(crate) async fn read(mut self) -> io::Result<(Input, Self)> {
        let read =
            tokio::task::spawn_blocking(move || self.read_input().map(|input| (input, self)));
        read.await.map_err(io::Error::other)?
    }

    fn read_input(&mut self) -> io::Result<Input> {
        match self {
            Self::Terminal(editor) => match editor.readline("> ") {
                Ok(line) => {
                    // A question is answered even if it cannot be added to the history.
                    let _ = editor.add_history_entry(&line);
                    Ok(Input::from_line(&line))
                }
                Err(ReadlineError::Interrupted) => Ok(Input::Interrupted),
                Err(ReadlineError::Eof) => Ok(Input::End),
                Err(error) => Err(io::Error::other(error)),
            },
            Self::Pipe => {
                let mut line = Vec::new();
                let length = io::stdin().lock().read_until(b'\n', &mut line)?;
                let line = String::from_utf8_lossy(&line);
                Ok(if length == 0 { Input::End } else { Input::from_line(&line) })
            }
        }
    }
}
