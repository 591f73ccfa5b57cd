//! The work that is measured.

use callsign::Agent;
use callsign::prelude::*;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::flights::{self, QUESTION};
use crate::idle;
use crate::measure::{Used, resident_kb};
use crate::report::{self, Errors, Outcome};

/// Does the work that the arguments name, and answers the line to be printed.
pub(crate) async fn run(arguments: Arguments) -> Result<String, Error> {
    let outcome = match &*arguments.workload {
        "loop" => one_after_another(&arguments).await?,
        "text" => pieces(&arguments, "text-100", text_of).await?,
        "args" => pieces(&arguments, "args-100", arguments_of).await?,
        "conc" => at_once(&arguments).await?,
        "idle" => idling(&arguments).await?,
        "startup" => startup(&arguments).await?,
        other => return Err(Error::configuration(format!("there is no workload {other}"))),
    };
    let line = report::line(&arguments, outcome);
    // Where nothing was kept there is nothing to remove.
    let _ = std::fs::remove_dir_all(kept_in());
    Ok(line)
}

/// The folder of this process's conversations.
fn kept_in() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("callsign-yardstick-{}", std::process::id()))
}

/// Asks until the model has answered, in a conversation of its own.
async fn converse(agent: &Talker) -> Result<(), String> {
    let reply = agent.ask().await.map_err(|error| error.to_string())?;
    let right = reply.text().contains("DL123");
    if right { Ok(()) } else { Err(format!("a wrong answer: {:.80}", reply.text())) }
}

/// An agent, and where its conversations are kept.
#[derive(Clone)]
struct Talker {
    agent: Agent,
    is_kept: bool,
}

impl Talker {
    async fn new(arguments: &Arguments, model: &str, stream: bool) -> Result<Self, Error> {
        let agent = flights::agent(arguments, model, stream)?;
        match &*arguments.store {
            "memory" => Ok(Self { agent, is_kept: false }),
            #[cfg(feature = "sqlite")]
            "sqlite" => {
                let folder = kept_in();
                let made = std::fs::create_dir_all(&folder);
                made.map_err(|error| Error::configuration(error.to_string()))?;
                let file = folder.join("conversations.db");
                let agent = agent.with_store(SqliteStore::open(file).await?);
                Ok(Self { agent, is_kept: true })
            }
            other => Err(Error::configuration(format!("this build has no store {other}"))),
        }
    }

    fn ask(&self) -> callsign::Turn {
        if self.is_kept {
            let name = callsign::ConversationId::random();
            self.agent.conversation(name.as_str()).send(QUESTION)
        } else {
            self.agent.run(QUESTION)
        }
    }
}

async fn one_after_another(arguments: &Arguments) -> Result<Outcome, Error> {
    let agent = Talker::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.take(converse(&agent).await);
    flights::count_calls();
    let (resident_kb, began) = (resident_kb(), Used::now());
    for _ in 0..arguments.repeat {
        errors.take(converse(&agent).await);
    }
    Ok(Outcome { spent: began.elapsed(), resident_kb, errors, own: Map::new() })
}

/// How many bytes of text an event has, if it is a piece of text.
fn text_of(event: &Event) -> Option<usize> {
    if let Event::TextDelta(text) = event { Some(text.len()) } else { None }
}

/// How many bytes of arguments an event has, if it is a piece of a call.
fn arguments_of(event: &Event) -> Option<usize> {
    if let Event::ToolCallDelta(piece) = event { Some(piece.arguments.len()) } else { None }
}

/// Reads streamed replies, and counts the pieces that are asked for and their bytes.
async fn pieces(
    arguments: &Arguments,
    warm_up: &str,
    size: fn(&Event) -> Option<usize>,
) -> Result<Outcome, Error> {
    let warm_up = Talker::new(arguments, warm_up, true).await?;
    let agent = Talker::new(arguments, &arguments.model, true).await?;
    let mut errors = Errors::default();
    errors.take(read(&warm_up, size).await);
    let (resident_kb, began) = (resident_kb(), Used::now());
    let (mut chunks, mut bytes) = (0, 0);
    for _ in 0..arguments.repeat {
        if let Some(read) = errors.take(read(&agent, size).await) {
            chunks += read.0;
            bytes += read.1;
        }
    }
    let own = [("chunks", chunks), ("content_bytes", bytes)];
    let own = own.map(|(name, value)| (name.to_owned(), Value::from(value)));
    Ok(Outcome { spent: began.elapsed(), resident_kb, errors, own: own.into_iter().collect() })
}

/// Reads a streamed reply: how many pieces and bytes there were.
async fn read(agent: &Talker, size: fn(&Event) -> Option<usize>) -> Result<(u64, u64), String> {
    let mut run = agent.ask().stream();
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

async fn at_once(arguments: &Arguments) -> Result<Outcome, Error> {
    let agent = Talker::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.take(converse(&agent).await);
    flights::count_calls();
    let (resident_kb, began) = (resident_kb(), Used::now());
    for _ in 0..arguments.repeat {
        let talks: Vec<_> = (0..arguments.concurrency)
            .map(|_| {
                let agent = agent.clone();
                tokio::spawn(async move { converse(&agent).await })
            })
            .collect();
        for talk in talks {
            let talked = talk.await.map_err(|error| error.to_string());
            errors.take(talked.and_then(|talked| talked));
        }
    }
    Ok(Outcome { spent: began.elapsed(), resident_kb, errors, own: Map::new() })
}

async fn idling(arguments: &Arguments) -> Result<Outcome, Error> {
    let (messages, size) = (arguments.messages, arguments.size);
    let agent = idle::agent(size)?;
    idle::converse(&agent, usize::MAX, messages, size).await?;
    let (before, began) = (resident_kb(), Used::now());
    for conversation in 0..arguments.repeat {
        idle::converse(&agent, conversation, messages, size).await?;
    }
    let spent = began.elapsed();
    let grown = resident_kb().saturating_sub(before) * 1024 / arguments.repeat.max(1) as u64;
    drop(agent);
    let own = Map::from_iter([("bytes_per_conversation".to_owned(), Value::from(grown))]);
    Ok(Outcome { spent, resident_kb: before, errors: Errors::default(), own })
}

async fn startup(arguments: &Arguments) -> Result<Outcome, Error> {
    let (resident_kb, began) = (resident_kb(), Used::now());
    let agent = Talker::new(arguments, &arguments.model, arguments.stream).await?;
    let mut errors = Errors::default();
    errors.take(converse(&agent).await);
    Ok(Outcome { spent: began.elapsed(), resident_kb, errors, own: Map::new() })
}
