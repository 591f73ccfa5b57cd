//! The command line.

use std::str::FromStr;

/// What is asked for on the command line.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    /// Where the model is: `http://127.0.0.1:PORT/v1`.
    pub(crate) base_url: String,
    /// The model's name, which says what the server plays.
    pub(crate) model: String,
    /// `loop`, `text`, `args`, `conc`, `idle` or `startup`.
    pub(crate) workload: String,
    /// How often the work is done.
    pub(crate) repeat: usize,
    /// How many conversations there are at once.
    pub(crate) concurrency: usize,
    /// How long the tool sleeps, in milliseconds.
    pub(crate) tool_sleep_ms: u64,
    /// Whether all is done by one thread, and so in the same order each time.
    pub(crate) one_thread: bool,
    /// Whether replies are streamed.
    pub(crate) stream: bool,
    /// How many messages an idle conversation has.
    pub(crate) messages: usize,
    /// How many bytes each of them has.
    pub(crate) size: usize,
    /// Where conversations are kept: `memory` or `sqlite`.
    pub(crate) store: String,
}

impl Arguments {
    /// Reads the words behind the command.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self {
            base_url: String::new(),
            model: String::new(),
            workload: "loop".to_owned(),
            repeat: 1,
            concurrency: 1,
            tool_sleep_ms: 0,
            one_thread: false,
            stream: false,
            messages: 100,
            size: 1024,
            store: "memory".to_owned(),
        };
        while let Some(name) = words.next() {
            match &*name {
                "--stream" => {
                    parsed.stream = true;
                    continue;
                }
                "--one-thread" => {
                    parsed.one_thread = true;
                    continue;
                }
                _ => {}
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match &*name {
                "--base-url" => parsed.base_url = value,
                "--model" => parsed.model = value,
                "--workload" => parsed.workload = value,
                "--store" => parsed.store = value,
                "--repeat" => parsed.repeat = number(&name, &value)?,
                "--concurrency" => parsed.concurrency = number(&name, &value)?,
                "--tool-sleep-ms" => parsed.tool_sleep_ms = number(&name, &value)?,
                "--messages" => parsed.messages = number(&name, &value)?,
                "--size" => parsed.size = number(&name, &value)?,
                _ => return Err(format!("{name} is not known")),
            }
        }
        Ok(parsed)
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value}"))
}
