//! [`Profile`]: the features of a provider, as data.

use std::borrow::Cow;

use callsign_types::finish_reason::FinishReason;
use callsign_types::journal::entry::OutputMode;
use callsign_types::text_format::TextFormat;

use super::finish_reasons::FINISH_REASONS;

/// The features of a provider: its routes, its key headers and its fields. For a similar provider,
/// change a copy of an existing profile:
///
/// ```
/// # use callsign_models::endpoint::profile::{CallContent, Profile};
/// let mut profile = Profile::openai_compatible();
/// profile.call_content = CallContent::Null;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The name in messages.
    pub name: Cow<'static, str>,
    /// The OpenTelemetry provider name (`gen_ai.provider.name`); `None` if unknown.
    pub provider: Option<Cow<'static, str>>,
    /// The path of chat completions, relative to the endpoint's path; begins with a slash.
    pub chat_path: Cow<'static, str>,
    /// Whether there is an `/info` route that describes the model; `None` if unknown.
    pub has_info: Option<bool>,
    /// The default `api-version` query parameter, used if the endpoint's address has none. `None`
    /// sends none.
    pub api_version: Option<Cow<'static, str>>,
    /// The headers that carry the key.
    pub key_headers: KeyHeaders,
    /// The scope of Microsoft Entra ID tokens; `None` if the provider does not accept them.
    pub token_scope: Option<Cow<'static, str>>,
    /// The field that limits the tokens of a response.
    pub token_limit: TokenLimit,
    /// The field of the seed.
    pub seed: SeedField,
    /// Whether `stream_options` is supported, which requests the usage of a streamed response.
    pub stream_options: bool,
    /// The value of the header `extra-parameters`, sent if a request has fields beyond the API's
    /// own. `None` sends no such header.
    pub extra_parameters: Option<Cow<'static, str>>,
    /// The `content` of an assistant message that has calls but no text.
    pub call_content: CallContent,
    /// Whether requests must name a model. A model that is set is always sent.
    pub requires_model: bool,
    /// Whether a response without a finish reason counts as complete when it ends: a stream whose
    /// connection is closed properly, and a whole response. Its calls run, so set it only for a
    /// provider that gives no reasons. A stream that ends inside an event or inside the arguments
    /// of a call is incomplete all the same.
    pub end_of_file_ends: bool,
    /// The finish reasons that are known, as the provider spells them; case does not matter. Any
    /// other reason counts as truncated: no call of the response runs, and the run fails with the
    /// reason. Of two equal spellings the last one counts.
    ///
    /// ```
    /// # use callsign_models::endpoint::profile::Profile;
    /// # use callsign_types::finish_reason::FinishReason;
    /// let mut profile = Profile::openai_compatible();
    /// profile.finish_reasons.to_mut().push(("done".into(), FinishReason::Stop));
    /// ```
    pub finish_reasons: Cow<'static, [(Cow<'static, str>, FinishReason)]>,
    /// Whether `extra_content` of an assistant message is sent back with it, and the unknown fields
    /// of its tool calls and their `function`. Gemini sends its thought signatures in them.
    /// Providers that do not know these fields reject them.
    ///
    /// Other unknown fields of a message, such as `annotations`, are kept in the history and not
    /// sent. An unknown field of a call never replaces `id`, `type`, `index`, `function`, or the
    /// function's `name` and `arguments`.
    pub returns_extra: bool,
    /// Whether the reasoning of an assistant message with calls is sent back: the text as
    /// `reasoning_content`, `reasoning_details` (OpenRouter, MiniMax) unchanged, and
    /// `thinking_blocks` (LiteLLM) with the pieces of each block joined.
    pub returns_reasoning: bool,
    /// Whether every assistant message with calls has `reasoning_content`. It is empty if the model
    /// gave no reasoning, or if [`returns_reasoning`](Self::returns_reasoning) is not set.
    pub requires_reasoning: bool,
    /// A sentence that is added to the instructions if a request asks for a JSON object and none of
    /// its messages mentions JSON. Without it, providers reject the request or generate endless
    /// white space. `None` adds nothing.
    pub json_instruction: Option<Cow<'static, str>>,
    /// Whether tool results must be JSON objects; other results are sent as `{"result": …}`.
    pub json_tool_results: bool,
    /// Whether all system and developer messages are merged into one at the start.
    pub single_system_message: bool,
    /// Whether neighboring messages of one role are merged, because the provider or the model's
    /// chat template requires alternating roles. Texts are joined by a blank line; images and audio
    /// keep their order. Tool results stay apart.
    ///
    /// A system message in the middle of a conversation separates its neighbors. To move it to the
    /// start, set [`single_system_message`](Self::single_system_message) as well.
    pub alternating_roles: bool,
    /// Whether call ids must have nine letters and digits, as for Mistral, also on Azure.
    pub nine_character_call_ids: bool,
    /// Whether tool schemas are converted to OpenAI's strict form if possible: every property is
    /// required, others are forbidden, and optional properties become nullable.
    pub strict_schemas: bool,
    /// Whether `strict` is supported for tool schemas, so that tools with the strict setting use
    /// the strict form. Otherwise the setting is ignored.
    pub takes_strict: bool,
    /// Whether images and audio of tool results are sent in a separate message after the results.
    /// OpenAI and Azure require this, because their tool messages accept text only.
    pub tool_media_apart: bool,
    /// Whether `$ref` in schemas is inlined, because Grok on Azure rejects it.
    pub inlined_schemas: bool,
    /// The first way in which structured output is requested. If a model rejects this mode, a run
    /// retries with the next one; setting it avoids the rejected request.
    pub output_mode: OutputMode,
    /// What the model writes into its text: reasoning and tool calls that the server does not take
    /// apart. The default is none of both.
    pub text_format: TextFormat,
}

/// Requests JSON if nothing else in a request does.
const JSON_INSTRUCTION: &str = "Answer with one JSON object and nothing else.";

/// The headers that carry the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyHeaders {
    /// `api-key` and `Authorization: Bearer`. Azure's services require one or the other, and its
    /// SDKs send both.
    Both,
    /// Only `Authorization: Bearer`.
    Bearer,
    /// Only `api-key`.
    ApiKey,
}

/// The field that limits the tokens of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenLimit {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`, the only one that OpenAI's reasoning models accept.
    MaxCompletionTokens,
}

/// The field of the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedField {
    /// `seed`.
    Seed,
    /// `random_seed`, used by Mistral.
    RandomSeed,
}

/// The `content` of an assistant message that has calls but no text. Providers differ: some reject
/// null, some the empty string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallContent {
    /// `null`.
    Null,
    /// The empty string.
    Empty,
    /// The field is omitted.
    Omitted,
}

impl Profile {
    /// The profile of the Azure AI Model Inference API for one deployed model: serverless and
    /// managed endpoints.
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
            finish_reasons: Cow::Borrowed(FINISH_REASONS),
            returns_extra: true,
            returns_reasoning: false,
            requires_reasoning: false,
            json_instruction: Some(Cow::Borrowed(JSON_INSTRUCTION)),
            json_tool_results: false,
            single_system_message: false,
            alternating_roles: false,
            nine_character_call_ids: false,
            strict_schemas: false,
            takes_strict: false,
            tool_media_apart: true,
            inlined_schemas: false,
            output_mode: OutputMode::Schema,
            text_format: TextFormat::new(),
        }
    }

    /// The profile of the Azure AI Model Inference API of a Foundry resource, whose address ends in
    /// `/models`.
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

    /// The profile of an Azure OpenAI deployment: `…/openai/deployments/<deployment>`.
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

    /// The profile of the v1 API on Azure: `…/openai/v1`.
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

    /// The profile of OpenAI, `api.openai.com`.
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

    /// The profile of any server with OpenAI's chat-completions API: local servers, gateways, other
    /// providers.
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
            // LM Studio and older llama.cpp reject an assistant message whose content is not a
            // string.
            call_content: CallContent::Empty,
            requires_model: true,
            end_of_file_ends: false,
            finish_reasons: Cow::Borrowed(FINISH_REASONS),
            returns_extra: true,
            returns_reasoning: false,
            requires_reasoning: false,
            json_instruction: Some(Cow::Borrowed(JSON_INSTRUCTION)),
            json_tool_results: false,
            single_system_message: false,
            alternating_roles: false,
            nine_character_call_ids: false,
            strict_schemas: false,
            takes_strict: false,
            tool_media_apart: false,
            inlined_schemas: false,
            output_mode: OutputMode::Schema,
            text_format: TextFormat::new(),
        }
    }
}
