//! A tour of the Azure AI Model Inference API: one command for each section of its guide.

mod cli;
mod model;
mod sections;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Section};
use crate::sections::{chat, content_safety, extras, image, info, json, parameters, stream, tools};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is gone too, nobody is left to tell.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // The practice model's server lives as long as this.
    let connection = model::connect(cli).await?;
    let model = &connection.model;
    let mut out = io::stdout();
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
