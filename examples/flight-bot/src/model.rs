//! Model selection.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use callsign::ChatModel;
use callsign::middleware::Retry;
use callsign::testing::PracticeModel;

use crate::cli::Cli;

/// A model, and the practice model's server if the model uses it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) model: Retry<ChatModel>,
    _practice: Option<PracticeModel>,
}

/// Returns the model that the command line names, else the one that the environment configures,
/// else the practice model.
pub(crate) async fn connect(cli: &Cli) -> Result<Connection, Box<dyn Error>> {
    let mut practice = None;
    let mut builder = if let Some(endpoint) = &cli.endpoint {
        // Keys from the environment belong to other endpoints and must not be sent to this one.
        let builder = ChatModel::builder(endpoint);
        match &cli.key_env {
            Some(name) => builder.key(key(name)?),
            None => builder,
        }
    } else if is_configured(cli) {
        ChatModel::builder_from_env()?
    } else {
        let server = PracticeModel::start().await?;
        writeln!(
            io::stderr(),
            "No endpoint is configured. The practice model responds: a rule-based mock server, not \
             a language model. To use a real model, set AZURE_INFERENCE_ENDPOINT and \
             AZURE_INFERENCE_CREDENTIAL."
        )?;
        let builder = ChatModel::builder(server.endpoint());
        practice = Some(server);
        builder
    };
    if let Some(model) = &cli.model {
        builder = builder.model(model);
    }
    let model = Retry::new(builder.streaming(!cli.no_stream).build()?);
    Ok(Connection { model, _practice: practice })
}

/// Returns the key in the environment variable `name`.
fn key(name: &str) -> Result<String, Box<dyn Error>> {
    let key = env::var(name).unwrap_or_default();
    if key.trim().is_empty() {
        return Err(
            format!("--key-env {name}: the environment variable is not set or empty").into()
        );
    }
    Ok(key)
}

/// Returns whether the environment configures an endpoint.
///
/// A key and a model without an endpoint select api.openai.com. A key alone does not, because many
/// machines have one set for other programs.
fn is_configured(cli: &Cli) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_model = cli.model.is_some() || set("OPENAI_MODEL");
    set("AZURE_INFERENCE_ENDPOINT")
        || set("OPENAI_BASE_URL")
        || (set("OPENAI_API_KEY") && has_model)
}
