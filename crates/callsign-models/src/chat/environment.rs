//! Configuration of a model from environment variables.

use callsign_types::error::Error;

use super::builder::{ChatModelBuilder, EnvironmentContext};
use super::model::ChatModel;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::Profile;

/// The variable names of one family.
struct VariableNames {
    address: &'static str,
    key: &'static str,
    model: &'static str,
}

const AZURE: VariableNames = VariableNames {
    address: "AZURE_INFERENCE_ENDPOINT",
    key: "AZURE_INFERENCE_CREDENTIAL",
    model: "AZURE_INFERENCE_MODEL",
};

const OPENAI: VariableNames =
    VariableNames { address: "OPENAI_BASE_URL", key: "OPENAI_API_KEY", model: "OPENAI_MODEL" };

/// Returns the builder that the variables configure.
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
    // OpenAI's own clients use its public endpoint if only a key is set.
    let own = || key.is_some().then(|| "https://api.openai.com/v1".to_owned());
    let Some(address) = address.or_else(own) else {
        return Err(Error::configuration(
            "no model is configured; set AZURE_INFERENCE_ENDPOINT and \
             AZURE_INFERENCE_CREDENTIAL, or OPENAI_BASE_URL and OPENAI_API_KEY",
        ));
    };
    let mut builder = builder_for(&names, &address, key.is_some(), &read);
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

/// Returns the builder for `address`. An invalid one is reported by [`ChatModelBuilder::build`].
fn builder_for(
    names: &VariableNames,
    address: &str,
    has_key: bool,
    read: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    let builder = ChatModel::builder(address);
    let environment =
        EnvironmentContext { endpoint_variable: Some(names.address), missing_credential: None };
    let Ok(endpoint) = Endpoint::parse(address) else {
        return builder.environment_context(environment);
    };
    let azure = names.address == AZURE.address;
    let unknown = endpoint.profile().name == Profile::openai_compatible().name;
    // An unknown address in Azure's variable is a gateway to Azure AI Model Inference, unless its
    // path ends in /v1.
    let gateway = azure && unknown && !endpoint.base().path().ends_with("/v1");
    let builder = if gateway { builder.profile(Profile::model_inference()) } else { builder };
    // Azure's services require a credential. Some other providers do too, but local servers do not.
    let requires_credential = azure || endpoint.profile().token_scope.is_some();
    if has_key || !requires_credential || endpoint.is_loopback() {
        return builder.environment_context(environment);
    }
    without_key(builder, environment, names, read)
}

/// Without a key, signs in with Microsoft Entra ID.
#[cfg(feature = "entra")]
fn without_key(
    builder: ChatModelBuilder,
    environment: EnvironmentContext,
    _: &VariableNames,
    read: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    builder
        .environment_context(environment)
        .token_source(crate::entra::identity::Entra::from_variables(read))
}

/// Without a key, sets the error that asks for one.
#[cfg(not(feature = "entra"))]
fn without_key(
    builder: ChatModelBuilder,
    mut environment: EnvironmentContext,
    names: &VariableNames,
    _: &dyn Fn(&str) -> Option<String>,
) -> ChatModelBuilder {
    environment.missing_credential = Some(format!(
        "{} is set and {} is not; set it to the resource's key, or enable the feature `entra` of \
         callsign to sign in with Microsoft Entra ID",
        names.address, names.key
    ));
    builder.environment_context(environment)
}

#[cfg(test)]
mod tests;
