//! What is particular to a service, as data.

use std::borrow::Cow;

/// What is particular to a service: where its route is, how it takes a key, which fields it
/// knows. A service that differs is a changed copy of one that is near:
///
/// ```
/// # use callsign_models::endpoint::profile::{CallContent, Profile};
/// let mut profile = Profile::openai_compatible();
/// profile.call_content = CallContent::Null;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// What to call it in messages.
    pub name: Cow<'static, str>,
    /// The path of chat completions, behind the endpoint's own; begins with a slash.
    pub chat_path: Cow<'static, str>,
    /// The `api-version` of the query where the endpoint's address has none; `None` sends none.
    pub api_version: Option<Cow<'static, str>>,
    /// The headers that carry a key.
    pub key_headers: KeyHeaders,
    /// The field for the most tokens of a reply.
    pub token_limit: TokenLimit,
    /// Whether `stream_options` is known, by which a streamed reply tells its usage.
    pub stream_options: bool,
    /// The value of the header `extra-parameters`, sent with a request that has fields beyond
    /// the API's own; `None` sends no such header.
    pub extra_parameters: Option<Cow<'static, str>>,
    /// The `content` of an assistant's message that has calls and no text.
    pub call_content: CallContent,
    /// Whether the request has to name a model. One that is set is always sent.
    pub requires_model: bool,
    /// Whether a stream that ends without a finish reason counts as a reply that ended.
    pub end_of_file_ends: bool,
    /// Whether the model's reasoning goes back with its calls, as `reasoning_content`.
    pub returns_reasoning: bool,
}

/// The headers that carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyHeaders {
    /// `api-key` and `Authorization: Bearer`: of Azure's services some want the one and some
    /// the other, and its SDKs send both.
    Both,
    /// `Authorization: Bearer` alone.
    Bearer,
    /// `api-key` alone.
    ApiKey,
}

/// The field for the most tokens of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenLimit {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`, the only one that OpenAI's reasoning models take.
    MaxCompletionTokens,
}

/// The `content` of an assistant's message that has calls and no text. Services disagree: some
/// refuse null, some the empty string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallContent {
    /// `null`.
    Null,
    /// The empty string.
    Empty,
    /// No such field.
    Omitted,
}

impl Profile {
    /// The Azure AI Model Inference API of one deployed model: serverless and managed endpoints.
    #[must_use]
    pub fn model_inference() -> Self {
        Self {
            name: Cow::Borrowed("Azure AI Model Inference"),
            chat_path: Cow::Borrowed("/chat/completions"),
            api_version: Some(Cow::Borrowed("2024-05-01-preview")),
            key_headers: KeyHeaders::Both,
            token_limit: TokenLimit::MaxTokens,
            stream_options: false,
            extra_parameters: Some(Cow::Borrowed("pass-through")),
            call_content: CallContent::Omitted,
            requires_model: false,
            end_of_file_ends: false,
            returns_reasoning: false,
        }
    }

    /// The Azure AI Model Inference API of a Foundry resource, whose address ends in `/models`.
    #[must_use]
    pub fn foundry_models() -> Self {
        Self {
            name: Cow::Borrowed("Azure AI Foundry models"),
            requires_model: true,
            ..Self::model_inference()
        }
    }

    /// A deployment of Azure OpenAI: `…/openai/deployments/<deployment>`.
    #[must_use]
    pub fn azure_deployment() -> Self {
        Self {
            name: Cow::Borrowed("Azure OpenAI deployment"),
            api_version: Some(Cow::Borrowed("2024-10-21")),
            key_headers: KeyHeaders::Both,
            token_limit: TokenLimit::MaxTokens,
            requires_model: false,
            ..Self::openai()
        }
    }

    /// The v1 API on Azure: `…/openai/v1`.
    #[must_use]
    pub fn azure_v1() -> Self {
        Self {
            name: Cow::Borrowed("Azure OpenAI v1"),
            key_headers: KeyHeaders::Both,
            ..Self::openai()
        }
    }

    /// OpenAI's own service.
    #[must_use]
    pub fn openai() -> Self {
        Self {
            name: Cow::Borrowed("OpenAI"),
            token_limit: TokenLimit::MaxCompletionTokens,
            call_content: CallContent::Null,
            ..Self::openai_compatible()
        }
    }

    /// Anything that takes OpenAI's chat completions: local servers, gateways, other services.
    #[must_use]
    pub fn openai_compatible() -> Self {
        Self {
            name: Cow::Borrowed("OpenAI-compatible"),
            chat_path: Cow::Borrowed("/chat/completions"),
            api_version: None,
            key_headers: KeyHeaders::Bearer,
            token_limit: TokenLimit::MaxTokens,
            stream_options: true,
            extra_parameters: None,
            // LM Studio and older llama.cpp refuse an assistant's message without a string.
            call_content: CallContent::Empty,
            requires_model: true,
            end_of_file_ends: false,
            returns_reasoning: false,
        }
    }
}
