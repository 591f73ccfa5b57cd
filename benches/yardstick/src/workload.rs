//! The workloads.

use callsign::Agent;
use callsign::prelude::*;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::flights::{self, QUESTION};
use crate::idle;
use crate::measure::{TimeUsed, resident_kb};
use crate::report::{self, Errors, WorkloadResult};

/// Runs the workload that the arguments name, and returns the report.
pub(crate) async fn run(arguments: Arguments) -> Result<String, Error> {
    let result = match &*arguments.workload {
        "loop" => sequential(&arguments).await?,
        "text" => streamed(&arguments, "text-100", text_bytes).await?,
        "args" => streamed(&arguments, "args-100", argument_bytes).await?,
        "conc" => concurrent(&arguments).await?,
        "idle" => idle(&arguments).await?,
        "startup" => startup(&arguments).await?,
        other => return Err(Error::configuration(format!("unknown workload: {other}"))),
    };
    let line = report::line(&arguments, result);
    // The folder exists only with a SQLite store.
    let _ = std::fs::remove_dir_all(database_folder());
    Ok(line)
}

/// Returns the folder for the SQLite file of this process.
fn database_folder() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("callsign-yardstick-{}", std::process::id()))
}

/// Runs one conversation and checks the answer.
async fn converse(client: &Client) -> Result<(), String> {
    let reply = client.start().await.map_err(|error| error.to_string())?;
    let is_correct = reply.text().contains("DL123");
    if is_correct { Ok(()) } else { Err(format!("wrong answer: {:.80}", reply.text())) }
}

/// An agent that starts a new conversation per question.
#[derive(Clone)]
struct Client {
    agent: Agent,
    /// Whether conversations are stored.
    is_stored: bool,
}

impl Client {
    async fn new(arguments: &Arguments, model: &str, stream: bool) -> Result<Self, Error> {
        let agent = flights::agent(arguments, model, stream)?;
        match &*arguments.store {
            "memory" => Ok(Self { agent, is_stored: false }),
            #[cfg(feature = "sqlite")]
            "sqlite" => {
                let folder = database_folder();
                std::fs::create_dir_all(&folder)
                    .map_err(|error| Error::configuration(error.to_string()))?;
                let file = folder.join("conversations.db");
                let agent = agent.with_store(SqliteStore::open(file).await?);
                Ok(Self { agent, is_stored: true })
            }
            other => {
                Err(Error::configuration(format!("this build does not support the store {other}")))
            }
        }
    }

    /// Returns a run with the question, in a new conversation.
    fn start(&self) -> callsign::RunBuilder {
        if self.is_stored {
            let name = callsign::store::ConversationId::random();
            self.agent.conversation(name.as_str()).send(QUESTION)
        } else {
            self.agent.run(QUESTION)
        }
    }
}

async fn sequential(arguments: &Arguments) -> Result<WorkloadResult, Error> {
    let client = Client::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.check(converse(&client).await);
    flights::reset_calls();
    let (resident_kb, start) = (resident_kb(), TimeUsed::now());
    for _ in 0..arguments.repeat {
        errors.check(converse(&client).await);
    }
    Ok(WorkloadResult { elapsed: start.elapsed(), resident_kb, errors, extra: Map::new() })
}

/// Returns the bytes of a text delta, or `None` for another event.
fn text_bytes(event: &Event) -> Option<usize> {
    if let Event::TextDelta(text) = event { Some(text.len()) } else { None }
}

/// Returns the bytes of a delta of arguments, or `None` for another event.
fn argument_bytes(event: &Event) -> Option<usize> {
    if let Event::ToolCallDelta(delta) = event { Some(delta.arguments.len()) } else { None }
}

/// Reads streamed answers, and counts the chunks and their bytes.
async fn streamed(
    arguments: &Arguments,
    warm_up: &str,
    size: fn(&Event) -> Option<usize>,
) -> Result<WorkloadResult, Error> {
    let warm_up = Client::new(arguments, warm_up, true).await?;
    let client = Client::new(arguments, &arguments.model, true).await?;
    let mut errors = Errors::default();
    errors.check(read(&warm_up, size).await);
    let (resident_kb, start) = (resident_kb(), TimeUsed::now());
    let (mut chunks, mut bytes) = (0, 0);
    for _ in 0..arguments.repeat {
        if let Some(read) = errors.check(read(&client, size).await) {
            chunks += read.0;
            bytes += read.1;
        }
    }
    let extra = [("chunks", chunks), ("content_bytes", bytes)];
    let extra = extra.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let extra = extra.into_iter().collect();
    Ok(WorkloadResult { elapsed: start.elapsed(), resident_kb, errors, extra })
}

/// Reads a streamed answer. Returns the number of chunks and bytes.
async fn read(client: &Client, size: fn(&Event) -> Option<usize>) -> Result<(u64, u64), String> {
    let mut run = client.start().stream();
    let (mut chunks, mut bytes) = (0, 0);
    while let Some(event) = run.next().await {
        if let Some(size) = size(&event) {
            chunks += 1;
            bytes += size as u64;
        }
    }
    run.await.map_err(|error| error.to_string())?;
    Ok((chunks, bytes))
}

async fn concurrent(arguments: &Arguments) -> Result<WorkloadResult, Error> {
    let client = Client::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.check(converse(&client).await);
    flights::reset_calls();
    let (resident_kb, start) = (resident_kb(), TimeUsed::now());
    for _ in 0..arguments.repeat {
        let tasks: Vec<_> = (0..arguments.concurrency)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { converse(&client).await })
            })
            .collect();
        for task in tasks {
            let result = task.await.map_err(|error| error.to_string());
            errors.check(result.and_then(|result| result));
        }
    }
    Ok(WorkloadResult { elapsed: start.elapsed(), resident_kb, errors, extra: Map::new() })
}

async fn idle(arguments: &Arguments) -> Result<WorkloadResult, Error> {
    let (messages, size) = (arguments.messages, arguments.size);
    let agent = idle::agent(size)?;
    idle::converse(&agent, usize::MAX, messages, size).await?;
    let (before, start) = (resident_kb(), TimeUsed::now());
    for conversation in 0..arguments.repeat {
        idle::converse(&agent, conversation, messages, size).await?;
    }
    let elapsed = start.elapsed();
    let growth = resident_kb().saturating_sub(before) * 1024 / arguments.repeat.max(1) as u64;
    drop(agent);
    let extra = Map::from_iter([("bytes_per_conversation".to_owned(), Value::from(growth))]);
    Ok(WorkloadResult { elapsed, resident_kb: before, errors: Errors::default(), extra })
}

async fn startup(arguments: &Arguments) -> Result<WorkloadResult, Error> {
    let (resident_kb, start) = (resident_kb(), TimeUsed::now());
    let client = Client::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.check(converse(&client).await);
    Ok(WorkloadResult { elapsed: start.elapsed(), resident_kb, errors, extra: Map::new() })
}
