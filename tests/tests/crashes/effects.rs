//! The file in which each effect of a tool leaves a line.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// One effect that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) tool: String,
    pub(crate) step: u64,
    /// The call's number in its conversation.
    pub(crate) number: u64,
    pub(crate) key: String,
}

/// The file, for whoever writes it.
#[derive(Debug)]
pub(crate) struct Effects(File);

impl Effects {
    pub(crate) fn open(path: &str) -> Self {
        Self(OpenOptions::new().append(true).create(true).open(path).unwrap())
    }

    /// Adds a line, whole, in one call of the operating system's.
    pub(crate) fn leave(&self, effect: &Effect) {
        let Effect { tool, step, number, key } = effect;
        let line = format!("{tool} {step} {number} {key}\n");
        assert_eq!((&self.0).write(line.as_bytes()).unwrap(), line.len());
    }
}

/// What happened by now.
pub(crate) fn read(path: &Path) -> Vec<Effect> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.unwrap(),
    };
    let effect = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [tool, step, number, key] = words[..] else { panic!("a line is cut: {line:?}") };
        let (step, number) = (step.parse().unwrap(), number.parse().unwrap());
        Effect { tool: tool.to_owned(), step, number, key: key.to_owned() }
    };
    text.lines().map(effect).collect()
}
