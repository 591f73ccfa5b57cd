//! `/info`: what a model is, in the service's words.

use std::fmt;

use callsign_core::words::error::{Error, ErrorKind};
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::answer::{object, take_text};
use crate::around::retry::{self, RetryPolicy};
use crate::connection::link::Link;
use crate::connection::target::Target;
use crate::failure::place::Place;
use crate::failure::reply;
use crate::wire::fault::Fault;

/// The fields of an answer, at least one of which is in each.
const KNOWN: [&str; 3] = ["model_name", "model_type", "model_provider_name"];

/// What a model is, as the service behind the endpoint says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The model's name, such as `Mistral-Large`; empty where the service did not say.
    pub model_name: String,
    /// What it is for.
    pub model_type: ModelType,
    /// Who made it, such as `MistralAI`; empty where the service did not say.
    pub model_provider_name: String,
    /// Fields that this version does not know, as they came.
    pub extra: Map<String, Value>,
}

/// What a model is for.
///
/// Services spell it with `-` or `_`, in the singular or the plural; all of that is the same.
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
    /// The service did not say.
    #[default]
    Unknown,
    /// Another, as the service spells it.
    Other(String),
}

impl ModelType {
    fn read(said: String) -> Self {
        let plain = said.trim().to_ascii_lowercase().replace('_', "-");
        match plain.trim_end_matches('s') {
            "chat-completion" => Self::ChatCompletion,
            "text-generation" => Self::TextGeneration,
            "embedding" => Self::Embeddings,
            "image-embedding" => Self::ImageEmbeddings,
            "image-generation" => Self::ImageGeneration,
            "audio-generation" => Self::AudioGeneration,
            "" => Self::Unknown,
            _ => Self::Other(said),
        }
    }

    /// The type in one spelling, whichever the service used; `unknown` where it did not say.
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
            Self::Other(said) => said,
        }
    }
}

impl fmt::Display for ModelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Asks the service behind this link what its model is, again as this policy says.
///
/// # Errors
/// Not found where there is no such route, without asking where the profile knows; a protocol error
/// where the answer says nothing of a model; else as the service or the connection fails.
pub(crate) async fn fetch(link: &Link, policy: &RetryPolicy) -> Result<ModelInfo, Error> {
    let url = link.endpoint.route_url("/info");
    let place = link.place(&url, None);
    if link.endpoint.profile().has_info == Some(false) {
        return Err(absent(&place));
    }
    let target = Target::new(&url)?;
    retry::ask(policy, || once(link, &place, &target)).await
}

/// Asks it once.
async fn once(link: &Link, place: &Place, target: &Target) -> Result<ModelInfo, Error> {
    let mut response = link.send(place, Method::GET, target, &HeaderMap::new(), None).await?;
    let known = link.endpoint.profile().has_info;
    link.accept(place, &mut response).await.map_err(|error| {
        // Where the route ought to be, the address is what is wrong, and the error says so.
        if error.is_not_found() && known.is_none() { of_absence(place, error) } else { error }
    })?;
    let mut fields = object(link, place, &mut response).await?;
    // Something else answers there, and what it says must not be kept for the model's.
    if !KNOWN.iter().any(|name| fields.get(*name).is_some_and(Value::is_string)) {
        let what = "it says nothing of a model".to_owned();
        let fault = Fault::NotUnderstood(what, None);
        return Err(reply::of_fault(place, &HeaderMap::new(), fault));
    }
    Ok(ModelInfo {
        model_name: take_text(&mut fields, "model_name").unwrap_or_default(),
        model_type: take_text(&mut fields, "model_type").map(ModelType::read).unwrap_or_default(),
        model_provider_name: take_text(&mut fields, "model_provider_name").unwrap_or_default(),
        extra: fields,
    })
}

fn absent(place: &Place) -> Error {
    let message = format!(
        "this endpoint has no /info; most have none, and the model works without ({})",
        place.address
    );
    place.error(ErrorKind::NotFound, &message)
}

fn of_absence(place: &Place, answered: Error) -> Error {
    let mut error = absent(place);
    if let Some(status) = answered.status() {
        error = error.with_status(status);
    }
    if let Some(body) = answered.body() {
        error = error.with_body(body);
    }
    error.with_source(answered)
}

#[cfg(test)]
mod tests {
    use super::ModelType;

    #[test]
    fn spellings_of_a_type_are_alike() {
        for said in ["chat-completion", "chat-completions", "chat_completion", " Chat_Completions"]
        {
            assert_eq!(ModelType::read(said.to_owned()), ModelType::ChatCompletion, "{said}");
        }
        assert_eq!(ModelType::read("embedding".to_owned()), ModelType::Embeddings);
        assert_eq!(ModelType::read("re-ranks".to_owned()).as_str(), "re-ranks");
        assert_eq!(ModelType::read(String::new()), ModelType::Unknown);
    }
}
