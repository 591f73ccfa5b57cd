//! A tour of the Azure AI Model Inference API, with one command per section of its guide.

mod cli;
mod model;
mod printable;
mod sections;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Section};
use crate::printable::Printable;
use crate::sections::{chat, content_safety, extras, image, info, json, parameters, stream, tools};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed too, there is nowhere left to report the error.
            let _ = writeln!(Printable(io::stderr()), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // Dropping `connection` stops the practice model's server.
    let connection = model::connect(cli).await?;
    let model = &connection.model;
    let mut out = Printable(io::stdout());
    match &cli.section {
        Section::Info => info::show(model, &mut out).await,
        Section::Chat => chat::show(model, &mut out).await,
        Section::Stream => stream::show(model, &mut out).await,
        Section::Parameters => parameters::show(model, &mut out).await,
        Section::Json => json::show(model, &mut out).await,
        Section::Extras => extras::show(model, &mut out).await,
        Section::Tools => tools::show(model, &mut out).await,
        Section::ContentSafety => content_safety::show(model, &mut out).await,
        Section::Image { file } => image::show(model, file.as_deref(), &mut out).await,
    }
}
