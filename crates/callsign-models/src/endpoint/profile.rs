//! What is particular to a service, as data.

use std::borrow::Cow;

use callsign_core::journal::entry::AnswerFormat;

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
    /// What OpenTelemetry calls it, for spans; `None` where that is not known.
    pub provider: Option<Cow<'static, str>>,
    /// The path of chat completions, behind the endpoint's own; begins with a slash.
    pub chat_path: Cow<'static, str>,
    /// Whether there is a route `/info` that says what the model is, where that is known.
    pub has_info: Option<bool>,
    /// The `api-version` of the query where the endpoint's address has none; `None` sends none.
    pub api_version: Option<Cow<'static, str>>,
    /// The headers that carry a key.
    pub key_headers: KeyHeaders,
    /// The scope that tokens of Microsoft Entra ID are asked for; `None` where it takes none of
    /// them.
    pub token_scope: Option<Cow<'static, str>>,
    /// The field for the most tokens of a reply.
    pub token_limit: TokenLimit,
    /// The field for the seed.
    pub seed: SeedField,
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
    /// Whether fields of a reply that this version does not know go back with it: signatures of
    /// thoughts, as Gemini wants them. Services that know no such field refuse it.
    pub returns_extra: bool,
    /// Whether the model's reasoning goes back with its calls, as `reasoning_content`.
    pub returns_reasoning: bool,
    /// What is added to the instructions where a request wants a JSON object and no message of
    /// it speaks of JSON: services refuse such a request, or write white space without end.
    /// `None` adds nothing.
    pub json_instruction: Option<Cow<'static, str>>,
    /// Whether the results of tools have to be JSON objects; others go as `{"result": …}`.
    pub json_tool_results: bool,
    /// Whether all system and developer messages go as one, before the others.
    pub single_system_message: bool,
    /// Whether the ids of calls have to be nine letters and digits, as Mistral has them, on Azure
    /// as well.
    pub nine_character_call_ids: bool,
    /// Whether the schemas of tools go in OpenAI's strict form, where they can be said in it:
    /// every property required and no others, those that were optional nullable.
    pub strict_schemas: bool,
    /// Whether `strict` is known for a tool's schema, so that a tool that wants the strict form
    /// gets it. Where it is not, such a tool goes as any other.
    pub takes_strict: bool,
    /// Whether images and audio in a tool's result go in a message of their own behind the results
    /// of their reply, because a tool's message takes text alone, as at OpenAI and Azure.
    pub tool_media_apart: bool,
    /// Whether schemas go without `$ref`, which Grok on Azure refuses.
    pub inlined_schemas: bool,
    /// How an answer is best asked for that has to keep to a JSON schema. Where a model refuses
    /// it, a run asks in the next format by itself; this saves the refused request.
    pub answer_format: AnswerFormat,
}

/// What asks for JSON where nothing else in a request does.
const JSON_INSTRUCTION: &str = "Answer with one JSON object and nothing else.";

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

/// The field for the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedField {
    /// `seed`.
    Seed,
    /// `random_seed`, as Mistral calls it.
    RandomSeed,
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
            provider: Some(Cow::Borrowed("azure.ai.inference")),
            chat_path: Cow::Borrowed("/chat/completions"),
            has_info: Some(true),
            api_version: Some(Cow::Borrowed("2024-05-01-preview")),
            key_headers: KeyHeaders::Both,
            token_scope: Some(Cow::Borrowed("https://ml.azure.com/.default")),
            token_limit: TokenLimit::MaxTokens,
            seed: SeedField::Seed,
            stream_options: false,
            extra_parameters: Some(Cow::Borrowed("pass-through")),
            call_content: CallContent::Omitted,
            requires_model: false,
            end_of_file_ends: false,
            returns_extra: true,
            returns_reasoning: false,
            json_instruction: Some(Cow::Borrowed(JSON_INSTRUCTION)),
            json_tool_results: false,
            single_system_message: false,
            nine_character_call_ids: false,
            strict_schemas: false,
            takes_strict: false,
            tool_media_apart: true,
            inlined_schemas: false,
            answer_format: AnswerFormat::Schema,
        }
    }

    /// The Azure AI Model Inference API of a Foundry resource, whose address ends in `/models`.
    #[must_use]
    pub fn foundry_models() -> Self {
        Self {
            name: Cow::Borrowed("Azure AI Foundry models"),
            has_info: None,
            token_scope: Some(Cow::Borrowed("https://cognitiveservices.azure.com/.default")),
            requires_model: true,
            ..Self::model_inference()
        }
    }

    /// A deployment of Azure OpenAI: `…/openai/deployments/<deployment>`.
    #[must_use]
    pub fn azure_deployment() -> Self {
        Self {
            name: Cow::Borrowed("Azure OpenAI deployment"),
            provider: Some(Cow::Borrowed("azure.ai.openai")),
            api_version: Some(Cow::Borrowed("2024-10-21")),
            key_headers: KeyHeaders::Both,
            token_scope: Some(Cow::Borrowed("https://cognitiveservices.azure.com/.default")),
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
            provider: Some(Cow::Borrowed("azure.ai.openai")),
            key_headers: KeyHeaders::Both,
            token_scope: Some(Cow::Borrowed("https://ai.azure.com/.default")),
            ..Self::openai()
        }
    }

    /// OpenAI's own service.
    #[must_use]
    pub fn openai() -> Self {
        Self {
            name: Cow::Borrowed("OpenAI"),
            provider: Some(Cow::Borrowed("openai")),
            has_info: Some(false),
            token_limit: TokenLimit::MaxCompletionTokens,
            call_content: CallContent::Null,
            returns_extra: false,
            takes_strict: true,
            tool_media_apart: true,
            ..Self::openai_compatible()
        }
    }

    /// Anything that takes OpenAI's chat completions: local servers, gateways, other services.
    #[must_use]
    pub fn openai_compatible() -> Self {
        Self {
            name: Cow::Borrowed("OpenAI-compatible"),
            provider: None,
            chat_path: Cow::Borrowed("/chat/completions"),
            has_info: None,
            api_version: None,
            key_headers: KeyHeaders::Bearer,
            token_scope: None,
            token_limit: TokenLimit::MaxTokens,
            seed: SeedField::Seed,
            stream_options: true,
            extra_parameters: None,
            // LM Studio and older llama.cpp refuse an assistant's message without a string.
            call_content: CallContent::Empty,
            requires_model: true,
            end_of_file_ends: false,
            returns_extra: true,
            returns_reasoning: false,
            json_instruction: Some(Cow::Borrowed(JSON_INSTRUCTION)),
            json_tool_results: false,
            single_system_message: false,
            nine_character_call_ids: false,
            strict_schemas: false,
            takes_strict: false,
            tool_media_apart: false,
            inlined_schemas: false,
            answer_format: AnswerFormat::Schema,
        }
    }
}
