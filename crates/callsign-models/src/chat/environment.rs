//! A model from the environment's variables.

use callsign_core::words::error::Error;

use super::builder::ChatModelBuilder;
use super::model::ChatModel;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::Profile;

/// The builder that these variables describe.
pub(super) fn builder(read: impl Fn(&str) -> Option<String>) -> Result<ChatModelBuilder, Error> {
    let read = |name: &str| {
        let value = read(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let (builder, key, model) = if let Some(address) = read("AZURE_INFERENCE_ENDPOINT") {
        let key = read("AZURE_INFERENCE_CREDENTIAL");
        (azure(&address, key.is_some())?, key, read("AZURE_INFERENCE_MODEL"))
    } else {
        let key = read("OPENAI_API_KEY");
        let address = read("OPENAI_BASE_URL");
        // OpenAI's own clients go to its service when they are given a key and nothing else.
        let own = || key.is_some().then(|| "https://api.openai.com/v1".to_owned());
        let Some(address) = address.or_else(own) else {
            return Err(Error::configuration(
                "no model is configured: set AZURE_INFERENCE_ENDPOINT and \
                 AZURE_INFERENCE_CREDENTIAL, or OPENAI_BASE_URL and OPENAI_API_KEY",
            ));
        };
        (ChatModel::builder(address), key, read("OPENAI_MODEL"))
    };
    let builder = match key {
        Some(key) => builder.key(key),
        None => builder,
    };
    Ok(match model {
        Some(model) => builder.model(model),
        None => builder,
    })
}

fn azure(address: &str, has_key: bool) -> Result<ChatModelBuilder, Error> {
    let endpoint = Endpoint::parse(address).map_err(|error| {
        Error::configuration(format!("AZURE_INFERENCE_ENDPOINT: {error}")).with_source(error)
    })?;
    if !has_key && !endpoint.is_loopback() {
        return Err(Error::configuration(
            "AZURE_INFERENCE_ENDPOINT is set and AZURE_INFERENCE_CREDENTIAL is not: set it to the \
             resource's key",
        ));
    }
    let unknown = endpoint.profile().name == Profile::openai_compatible().name;
    let builder = ChatModel::builder(address);
    // At no address of Azure's, and yet under its name: a gateway, unless the path says v1.
    let gateway = unknown && !endpoint.base().path().ends_with("/v1");
    Ok(if gateway { builder.profile(Profile::model_inference()) } else { builder })
}

#[cfg(test)]
mod tests;
