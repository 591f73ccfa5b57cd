//! Where questions come from when none is given: a terminal, or a pipe.

use std::io::{self, BufRead, IsTerminal};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// Reads questions, one a line.
pub(crate) enum Prompt {
    Terminal(Box<DefaultEditor>),
    Pipe,
}

/// What was read.
#[derive(Debug)]
pub(crate) enum Line {
    Question(String),
    /// Ctrl-C, which ends no chat.
    Interrupted,
    /// Ctrl-D, or the end of the pipe.
    End,
}

impl Prompt {
    pub(crate) fn new() -> io::Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Pipe);
        }
        let editor = DefaultEditor::new().map_err(io::Error::other)?;
        Ok(Self::Terminal(Box::new(editor)))
    }

    /// Waits for a line on a thread that may block, and hands itself back with it.
    pub(crate) async fn read(mut self) -> io::Result<(Line, Self)> {
        let read = tokio::task::spawn_blocking(move || self.read_line().map(|line| (line, self)));
        read.await.map_err(io::Error::other)?
    }

    fn read_line(&mut self) -> io::Result<Line> {
        match self {
            Self::Terminal(editor) => match editor.readline("> ") {
                Ok(line) => {
                    // A line that cannot be remembered is still a question.
                    let _ = editor.add_history_entry(&line);
                    Ok(Line::Question(line))
                }
                Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
                Err(ReadlineError::Eof) => Ok(Line::End),
                Err(error) => Err(io::Error::other(error)),
            },
            Self::Pipe => {
                let mut line = Vec::new();
                let length = io::stdin().lock().read_until(b'\n', &mut line)?;
                let line = String::from_utf8_lossy(&line).into_owned();
                Ok(if length == 0 { Line::End } else { Line::Question(line) })
            }
        }
    }
}
