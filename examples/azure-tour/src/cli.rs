//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Demonstrates the Azure AI Model Inference API, with one command per section of its guide.
///
/// The environment selects the model: AZURE_INFERENCE_ENDPOINT with AZURE_INFERENCE_CREDENTIAL, or
/// OPENAI_BASE_URL with OPENAI_API_KEY. OPENAI_API_KEY and a model without an endpoint select
/// api.openai.com. If no endpoint is configured, the practice model responds. It is a rule-based
/// mock server on this machine, not a language model.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The section of the guide
    #[command(subcommand)]
    pub(crate) section: Section,

    /// The name of the model or deployment
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) model: Option<String>,

    /// The endpoint to use instead of the configured one, such as http://localhost:11434/v1
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) endpoint: Option<String>,

    /// The environment variable that holds the key for --endpoint; without it, no key is sent
    // `requires = "endpoint"` fails if the global arguments are on both sides of the section, so
    // `connect` checks it.
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) key_env: Option<String>,
}

/// A section of the guide.
#[derive(Debug, Subcommand)]
pub(crate) enum Section {
    /// Show information about the model
    Info,
    /// Request a chat completion and show its token usage
    Chat,
    /// Stream the response
    Stream,
    /// Set options such as the temperature
    Parameters,
    /// Request a response in JSON
    Json,
    /// Send a parameter that is not part of the API
    Extras,
    /// Run an agent with a tool
    Tools,
    /// Send a prompt that the content filter blocks
    ContentSafety,
    /// Ask a question about an image
    Image {
        /// The image file [default: a small built-in chart]
        file: Option<PathBuf>,
    },
}
