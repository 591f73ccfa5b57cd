//! A flight agent in the terminal.

mod bot;
mod cli;
mod model;
mod prompt;
mod screen;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use callsign::{Agent, Conversation, Model, SqliteStore, tools};
use clap::Parser;
use flight_bot::timetable::Timetable;
use flight_bot::tools::{airports_of_city, flight_status, next_flights};

use crate::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            if is_broken_pipe(&*error) {
                return ExitCode::SUCCESS;
            }
            // Where standard error is gone too, nobody is left to tell.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<ExitCode, Box<dyn Error>> {
    let mut timetable = Timetable::load()?;
    if let Some(now) = cli.now {
        timetable = timetable.at(now)?;
    }
    // The practice model's server lives as long as this.
    let connection = model::connect(cli).await?;
    let chat = conversation(cli, connection.model.clone(), timetable).await?;
    let question = cli.question.join(" ");
    let code = if question.trim().is_empty() {
        bot::chat(&chat).await?
    } else {
        bot::answer_one(&chat, question.trim()).await?
    };
    Ok(code)
}

async fn conversation(
    cli: &Cli,
    model: impl Model,
    timetable: Timetable,
) -> Result<Conversation, Box<dyn Error>> {
    let instructions = format!(
        "You help people find flights from New York. It is {} in New York now. Use the tools for \
         everything about flights, and say what they say: airline, flight number, date and time. \
         You care about the environment: where there is no flight, say that a train may do.",
        timetable.now()
    );
    let agent = Agent::builder(model)
        .instructions(instructions)
        .tools(tools![next_flights, flight_status, airports_of_city])
        .state(timetable)
        .build()?;
    Ok(match &cli.db {
        None => agent.conversation(cli.conversation.as_str()),
        Some(file) => {
            let store = SqliteStore::open(file).await.map_err(callsign::Error::from)?;
            agent.with_store(store).conversation(cli.conversation.as_str())
        }
    })
}

/// Whether the reader of standard output has gone, as `head` does when it has seen enough.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
