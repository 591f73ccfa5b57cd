//! Which model is asked.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use callsign::{ChatModel, PracticeModel, Profile};

use crate::cli::{Cli, Section};

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
        // No key goes to an address that it was not meant for: it has to be named as well.
        let builder = ChatModel::builder(endpoint);
        match &cli.key_env {
            Some(name) => builder.key(key(name)?),
            None => builder,
        }
    } else if cli.key_env.is_some() {
        return Err("--key-env needs an --endpoint for the key".into());
    } else if is_configured(cli) {
        ChatModel::builder_from_env()?
    } else {
        let server = PracticeModel::start().await?;
        writeln!(
            io::stderr(),
            "No endpoint is configured: the practice model answers, which follows rules and is no \
             language model. Set AZURE_INFERENCE_ENDPOINT and AZURE_INFERENCE_CREDENTIAL for a \
             real one."
        )?;
        // At an address of Azure's the profile goes without saying.
        let builder = ChatModel::builder(server.root()).profile(Profile::model_inference());
        practice = Some(server);
        builder
    };
    if let Some(model) = &cli.model {
        builder = builder.model(model);
    }
    let streaming = matches!(cli.section, Section::Stream | Section::Tools);
    let model = builder.streaming(streaming).build()?;
    Ok(Connection { model, _practice: practice })
}

/// The key in this variable.
fn key(name: &str) -> Result<String, Box<dyn Error>> {
    let key = env::var(name).unwrap_or_default();
    if key.trim().is_empty() {
        return Err(format!("--key-env {name}: that variable is not set").into());
    }
    Ok(key)
}

/// Whether an endpoint is named. OpenAI's own goes without saying where there are a key for it and
/// a model; a key alone lies about on many machines.
fn is_configured(cli: &Cli) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_model = cli.model.is_some() || set("OPENAI_MODEL");
    set("AZURE_INFERENCE_ENDPOINT")
        || set("OPENAI_BASE_URL")
        || (set("OPENAI_API_KEY") && has_model)
}
