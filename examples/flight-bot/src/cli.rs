//! The command line.

use std::path::PathBuf;

use clap::Parser;
use flight_bot::timetable::Moment;

/// Answers questions about flights from New York.
///
/// Pass a question to get one answer, or no question to start a chat. The timetable is real: all
/// flights from New York's airports from 1 to 12 July 2013. The bot's clock is set to 8:00 on
/// 4 July 2013.
///
/// The environment selects the model: AZURE_INFERENCE_ENDPOINT with AZURE_INFERENCE_CREDENTIAL, or
/// OPENAI_BASE_URL with OPENAI_API_KEY. OPENAI_API_KEY and a model without an endpoint select
/// api.openai.com. If no endpoint is configured, the practice model responds. It is a rule-based
/// mock server on this machine, not a language model.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The question, such as "When is the next flight from New York to Seattle?"
    pub(crate) question: Vec<String>,

    /// Store the conversation in this SQLite file, and continue it if the file has one
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,

    /// The name of the conversation in the file
    #[arg(long, value_name = "NAME", default_value = "default", requires = "db")]
    pub(crate) conversation: String,

    /// The name of the model or deployment
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// The endpoint to use instead of the configured one, such as http://localhost:11434/v1
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// The environment variable that holds the key for --endpoint; without it, no key is sent
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub(crate) key_env: Option<String>,

    /// Receive each response as a whole instead of streaming it
    #[arg(long)]
    pub(crate) no_stream: bool,

    /// The time of the clock, in New York time, such as 2013-07-04T08:00
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Moment>,
}
