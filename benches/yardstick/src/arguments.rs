//! The command line.

use std::str::FromStr;

/// The arguments of the command line.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    /// The address of the model server: `http://127.0.0.1:PORT/v1`.
    pub(crate) base_url: String,
    /// The name of the model, which selects the scenario of the server.
    pub(crate) model: String,
    /// `loop`, `text`, `args`, `conc`, `idle` or `startup`.
    pub(crate) workload: String,
    /// The number of repetitions.
    pub(crate) repeat: usize,
    /// The number of concurrent conversations.
    pub(crate) concurrency: usize,
    /// The duration of a tool call, in milliseconds.
    pub(crate) tool_sleep_ms: u64,
    /// Whether one thread does all work, so that its order is always the same.
    pub(crate) one_thread: bool,
    /// Whether responses are streamed.
    pub(crate) stream: bool,
    /// The number of messages of an idle conversation.
    pub(crate) messages: usize,
    /// The size of a message of an idle conversation, in bytes.
    pub(crate) size: usize,
    /// The store of the conversations: `memory` or `sqlite`.
    pub(crate) store: String,
}

impl Arguments {
    /// Parses the arguments after the name of the program.
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
            let value = words.next().ok_or_else(|| format!("{name} requires a value"))?;
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
                _ => return Err(format!("unknown option: {name}")),
            }
        }
        Ok(parsed)
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} requires a number, got {value}"))
}
