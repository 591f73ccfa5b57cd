//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Shows what the Azure AI Model Inference API does, section by section of its guide.
///
/// The model is the one that the environment names: AZURE_INFERENCE_ENDPOINT with
/// AZURE_INFERENCE_CREDENTIAL, or OPENAI_BASE_URL with OPENAI_API_KEY. Where neither is set, a
/// practice model on this machine answers; it follows rules and is no language model.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The section
    #[command(subcommand)]
    pub(crate) section: Section,

    /// The model to ask, or the deployment
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) model: Option<String>,

    /// The endpoint to ask, in place of the environment's, such as http://localhost:11434/v1
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) endpoint: Option<String>,

    /// The variable that holds the key for --endpoint; without it no key is sent there
    // A global argument may stand after the section, where `requires` would not see the other.
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) key_env: Option<String>,
}

/// A section of the guide.
#[derive(Debug, Subcommand)]
pub(crate) enum Section {
    /// Ask what the model is
    Info,
    /// Ask something, and see what it took
    Chat,
    /// Have the answer come piece by piece
    Stream,
    /// Say how the model should work
    Parameters,
    /// Have the answer come as JSON
    Json,
    /// Send a parameter that the API does not know
    Extras,
    /// Give the model a tool
    Tools,
    /// See a prompt withheld by the content filter
    ContentSafety,
    /// Ask about an image
    Image {
        /// The image, in place of a small chart that is built in
        file: Option<PathBuf>,
    },
}
