//! A model from the environment's variables.

use callsign_core::words::error::Error;

use super::builder::{ChatModelBuilder, Described};
use super::model::ChatModel;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::Profile;

/// The variables of one family.
struct Names {
    address: &'static str,
    key: &'static str,
    model: &'static str,
}

const AZURE: Names = Names {
    address: "AZURE_INFERENCE_ENDPOINT",
    key: "AZURE_INFERENCE_CREDENTIAL",
    model: "AZURE_INFERENCE_MODEL",
};

const OPENAI: Names =
    Names { address: "OPENAI_BASE_URL", key: "OPENAI_API_KEY", model: "OPENAI_MODEL" };

/// The builder that these variables describe.
pub(super) fn builder(read: impl Fn(&str) -> Option<String>) -> Result<ChatModelBuilder, Error> {
    let read = |name: &str| {
        let value = read(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let (names, address) = match read(AZURE.address) {
        Some(address) => (AZURE, Some(address)),
        None => (OPENAI, read(OPENAI.address)),
    };
    let key = read(names.key);
    // OpenAI's own clients go to its service when they are given a key and nothing else.
    let own = || key.is_some().then(|| "https://api.openai.com/v1".to_owned());
    let Some(address) = address.or_else(own) else {
        return Err(Error::configuration(
            "no model is configured: set AZURE_INFERENCE_ENDPOINT and \
             AZURE_INFERENCE_CREDENTIAL, or OPENAI_BASE_URL and OPENAI_API_KEY",
        ));
    };
    let mut builder = at(&names, &address, key.is_some(), &read);
    if let Some(key) = key {
        builder = builder.key(key);
    }
    if let Some(model) = read(names.model) {
        builder = builder.model(model);
    }
    if let Some(scope) = read("AZURE_INFERENCE_TOKEN_SCOPE") {
        builder = builder.token_scope(scope);
    }
    Ok(builder)
}

/// The builder for this address; one that is no good is left to [`ChatModelBuilder::build`].
fn at(
    names: &Names,
    address: &str,
    has_key: bool,
    read: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    let builder = ChatModel::builder(address);
    let described = Described { address: Some(names.address), without_credential: None };
    let Ok(endpoint) = Endpoint::parse(address) else { return builder.described(described) };
    let azure = names.address == AZURE.address;
    let unknown = endpoint.profile().name == Profile::openai_compatible().name;
    // At no address of Azure's, and yet under its name: a gateway, unless the path says v1.
    let gateway = azure && unknown && !endpoint.base().path().ends_with("/v1");
    let builder = if gateway { builder.profile(Profile::model_inference()) } else { builder };
    // Azure's services let nobody in without a credential; some of the others do.
    let closed = azure || endpoint.profile().token_scope.is_some();
    if has_key || !closed || endpoint.is_loopback() {
        return builder.described(described);
    }
    signed_in(builder, described, names, read)
}

/// Without a key, the builder signs in with Microsoft Entra ID.
#[cfg(feature = "entra")]
fn signed_in(
    builder: ChatModelBuilder,
    described: Described,
    _: &Names,
    read: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    builder.described(described).token_source(crate::entra::identity::Entra::described_by(read))
}

/// Without a key, the builder has to be given one.
#[cfg(not(feature = "entra"))]
fn signed_in(
    builder: ChatModelBuilder,
    mut described: Described,
    names: &Names,
    _: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    described.without_credential = Some(format!(
        "{} is set and {} is not: set it to the resource's key (signing in with Microsoft Entra \
         ID in its place needs the feature `entra` of callsign)",
        names.address, names.key
    ));
    builder.described(described)
}

#[cfg(test)]
mod tests;
