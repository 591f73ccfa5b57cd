//! Which model is asked.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use callsign::{ChatModel, PracticeModel};

use crate::cli::Cli;

/// A model, and the practice server behind it, if that is what answers.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) model: ChatModel,
    _practice: Option<PracticeModel>,
}

/// The model that the command line names, else the environment, else the practice model.
pub(crate) async fn connect(cli: &Cli) -> Result<Connection, Box<dyn Error>> {
    let mut practice = None;
    let mut builder = if let Some(endpoint) = &cli.endpoint {
        let builder = ChatModel::builder(endpoint);
        let names = ["AZURE_INFERENCE_CREDENTIAL", "OPENAI_API_KEY"];
        match names.iter().find_map(|name| env::var(name).ok()) {
            Some(key) => builder.key(key),
            None => builder,
        }
    } else if is_configured() {
        ChatModel::builder_from_env()?
    } else {
        let server = PracticeModel::start().await?;
        writeln!(
            io::stderr(),
            "No endpoint is configured: the practice model answers, which follows rules and is no \
             language model. Set AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL for a \
             real one."
        )?;
        let builder = ChatModel::builder(server.endpoint());
        practice = Some(server);
        builder
    };
    if let Some(model) = &cli.model {
        builder = builder.model(model);
    }
    let model = builder.streaming(!cli.no_stream).build()?;
    Ok(Connection { model, _practice: practice })
}

/// Whether the environment names an endpoint.
fn is_configured() -> bool {
    ["AZURE_INFERENCE_ENDPOINT", "OPENAI_BASE_URL", "OPENAI_API_KEY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}
