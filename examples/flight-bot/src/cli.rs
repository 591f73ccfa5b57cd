//! The command line.

use std::path::PathBuf;

use clap::Parser;
use flight_bot::timetable::Moment;

/// Finds flights from New York, in words.
///
/// Give a question to have it answered, or none to chat. The timetable is real: all flights from
/// New York's airports from 1 to 12 July 2013, and the bot's clock stands in those days.
///
/// The model is the one that the environment names: AZURE_INFERENCE_ENDPOINT with
/// AZURE_INFERENCE_CREDENTIAL, or OPENAI_BASE_URL with OPENAI_API_KEY; OPENAI_API_KEY with a model
/// alone is OpenAI's own service. Where none is named, a practice model on this machine answers; it
/// follows rules and is no language model.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The question, such as "When is the next flight from New York to Seattle?"
    pub(crate) question: Vec<String>,

    /// Keep the conversation in this SQLite file, and go on with the one that is in it
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,

    /// The conversation in the file
    #[arg(long, value_name = "NAME", default_value = "default", requires = "db")]
    pub(crate) conversation: String,

    /// The model to ask, or the deployment
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// The endpoint to ask, in place of the environment's, such as http://localhost:11434/v1
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// The variable that holds the key for --endpoint; without it no key is sent there
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub(crate) key_env: Option<String>,

    /// Have each reply sent in one piece
    #[arg(long)]
    pub(crate) no_stream: bool,

    /// What time it is in New York, such as 2013-07-04T08:00
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Moment>,
}
