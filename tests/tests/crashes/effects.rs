//! The file with one line per effect of a tool.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// An effect of a tool call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) tool: String,
    pub(crate) step: u64,
    /// The index of the call in its conversation.
    pub(crate) call: u64,
    /// The idempotency key of the call.
    pub(crate) key: String,
}

/// The file, open for writing.
#[derive(Debug)]
pub(crate) struct Effects(File);

impl Effects {
    pub(crate) fn open(path: &str) -> Self {
        Self(OpenOptions::new().append(true).create(true).open(path).unwrap())
    }

    /// Appends a line with one system call, so that a kill cannot truncate it.
    pub(crate) fn write(&self, effect: &Effect) {
        let Effect { tool, step, call, key } = effect;
        let line = format!("{tool} {step} {call} {key}\n");
        assert_eq!((&self.0).write(line.as_bytes()).unwrap(), line.len());
    }
}

/// Returns the effects so far.
pub(crate) fn read(path: &Path) -> Vec<Effect> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.unwrap(),
    };
    let effect = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [tool, step, call, key] = words[..] else { panic!("truncated line: {line:?}") };
        let (step, call) = (step.parse().unwrap(), call.parse().unwrap());
        Effect { tool: tool.to_owned(), step, call, key: key.to_owned() }
    };
    text.lines().map(effect).collect()
}
