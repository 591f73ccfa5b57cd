//! [`EndpointInfo`]: the response of the `/info` route.

use std::fmt;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::retry::repeat;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::response::{read_object, take_text};
use crate::error::request_info::RequestInfo;
use crate::error::response as response_error;
use crate::transport::exchange::EndpointClient;
use crate::transport::target::RequestTarget;
use crate::wire::response_error::ResponseError;

/// The fields of the response, at least one of which must be present.
const KNOWN: [&str; 3] = ["model_name", "model_type", "model_provider_name"];

/// A description of the model behind an endpoint, as the provider reports it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EndpointInfo {
    /// The model's name, such as `Mistral-Large`; empty if absent.
    pub model_name: String,
    /// The model's type.
    pub model_type: ModelType,
    /// The model's provider, such as `MistralAI`; empty if absent.
    pub model_provider_name: String,
    /// Unknown fields, unchanged.
    pub extra: Map<String, Value>,
}

/// The type of a model.
///
/// Providers spell it with `-` or `_`, in the singular or the plural. All spellings are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelType {
    /// `chat-completion`
    ChatCompletion,
    /// `text-generation`
    TextGeneration,
    /// `embeddings`
    Embeddings,
    /// `image-embeddings`
    ImageEmbeddings,
    /// `image-generation`
    ImageGeneration,
    /// `audio-generation`
    AudioGeneration,
    /// No type was reported.
    #[default]
    Unknown,
    /// Another type, as the provider spells it.
    Other(String),
}

impl ModelType {
    fn parse(name: String) -> Self {
        let plain = name.trim().to_ascii_lowercase().replace('_', "-");
        match plain.trim_end_matches('s') {
            "chat-completion" => Self::ChatCompletion,
            "text-generation" => Self::TextGeneration,
            "embedding" => Self::Embeddings,
            "image-embedding" => Self::ImageEmbeddings,
            "image-generation" => Self::ImageGeneration,
            "audio-generation" => Self::AudioGeneration,
            "" => Self::Unknown,
            _ => Self::Other(name),
        }
    }

    /// Returns the type in its canonical spelling; `unknown` if it was not reported.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ChatCompletion => "chat-completion",
            Self::TextGeneration => "text-generation",
            Self::Embeddings => "embeddings",
            Self::ImageEmbeddings => "image-embeddings",
            Self::ImageGeneration => "image-generation",
            Self::AudioGeneration => "audio-generation",
            Self::Unknown => "unknown",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for ModelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Requests the `/info` route, retrying as `policy` says.
///
/// # Errors
/// Returns a *not found* error if there is no such route; no request is sent if the profile says
/// so. Returns a protocol error if the response does not describe a model. Other errors are those
/// of the request.
pub(crate) async fn fetch(
    client: &EndpointClient,
    policy: &RetryPolicy,
) -> Result<EndpointInfo, Error> {
    let url = client.endpoint.route_url("/info");
    let info = client.request_info(&url, None);
    if client.endpoint.profile().has_info == Some(false) {
        return Err(no_route(&info));
    }
    let target = RequestTarget::new(&url)?;
    repeat::with_retries(policy, || fetch_once(client, &info, &target)).await
}

/// Requests the route once.
async fn fetch_once(
    client: &EndpointClient,
    info: &RequestInfo,
    target: &RequestTarget,
) -> Result<EndpointInfo, Error> {
    let mut response = client.send(info, Method::GET, target, &HeaderMap::new(), None).await?;
    let known = client.endpoint.profile().has_info;
    client.check_status(info, &mut response).await.map_err(|error| {
        // If the profile says that the route exists, the address is wrong, and the original error
        // says so.
        if error.is_not_found() && known.is_none() { no_route_response(info, error) } else { error }
    })?;
    let mut fields = read_object(client, info, &mut response).await?;
    // Another server may respond here, and its response must not be cached as the model's.
    if !KNOWN.iter().any(|name| fields.get(*name).is_some_and(Value::is_string)) {
        let what = "no field describes a model".to_owned();
        let fault = ResponseError::Malformed(what, None);
        return Err(response_error::fault_error(info, &HeaderMap::new(), fault));
    }
    Ok(EndpointInfo {
        model_name: take_text(&mut fields, "model_name").unwrap_or_default(),
        model_type: take_text(&mut fields, "model_type").map(ModelType::parse).unwrap_or_default(),
        model_provider_name: take_text(&mut fields, "model_provider_name").unwrap_or_default(),
        extra: fields,
    })
}

fn no_route(info: &RequestInfo) -> Error {
    let message = format!(
        "{} does not exist; the /info route is optional, and the model works without it",
        info.address
    );
    info.error(ErrorKind::NotFound, &message)
}

/// Returns the *not found* error, with the status and body of the response.
fn no_route_response(info: &RequestInfo, source: Error) -> Error {
    let mut error = no_route(info);
    if let Some(status) = source.status() {
        error = error.with_status(status);
    }
    if let Some(body) = source.body() {
        error = error.with_body(body);
    }
    error.with_source(source)
}

#[cfg(test)]
mod tests {
    use super::ModelType;

    #[test]
    fn every_spelling_of_a_type_is_accepted() {
        for name in ["chat-completion", "chat-completions", "chat_completion", " Chat_Completions"]
        {
            assert_eq!(ModelType::parse(name.to_owned()), ModelType::ChatCompletion, "{name}");
        }
        assert_eq!(ModelType::parse("embedding".to_owned()), ModelType::Embeddings);
        assert_eq!(ModelType::parse("re-ranks".to_owned()).as_str(), "re-ranks");
        assert_eq!(ModelType::parse(String::new()), ModelType::Unknown);
    }
}
