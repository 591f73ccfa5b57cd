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
            // If standard error is closed too, there is nowhere left to report the error.
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
    let now = timetable.now();
    writeln!(
        io::stderr(),
        "It is {now} in New York: the timetable is of July 2013. --now sets another time."
    )?;
    // Dropping `connection` stops the practice model's server.
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

/// Builds the agent and opens the conversation that `cli` selects.
async fn conversation(
    cli: &Cli,
    model: impl Model,
    timetable: Timetable,
) -> Result<Conversation, Box<dyn Error>> {
    let instructions = format!(
        "You help people find flights from New York. The time in New York is {}. Use the tools for \
         every question about flights. Answer with the airline, flight number, date and time that \
         they return. You care about the environment: if there is no flight, suggest a train.",
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

/// Returns whether the reader closed standard output, as `head` does after its last line.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
