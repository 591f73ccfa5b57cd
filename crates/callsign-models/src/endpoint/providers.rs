//! Profiles of further providers of the chat-completions API.
//!
//! A field that is not set here has the value of [`Profile::openai_compatible`], because no
//! difference is known. "Recorded" refers to the recordings in `src/recordings`.

use std::borrow::Cow;

use callsign_types::journal::entry::OutputMode;

use super::profile::{Profile, SeedField, TokenLimit};

impl Profile {
    /// The profile of Mistral, `api.mistral.ai`.
    #[must_use]
    pub fn mistral() -> Self {
        Self {
            name: Cow::Borrowed("Mistral"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("mistral_ai")),
            // Rejects the field (avante.nvim#2347), and sends the usage without it (recorded).
            stream_options: false,
            // From the API reference; rejects `seed` (ChatterUI#143).
            seed: SeedField::RandomSeed,
            // Rejects unknown fields of a message (litellm#30882).
            returns_extra: false,
            // Rejects any other id (langchain#24668); its own ids have this form (recorded).
            nine_character_call_ids: true,
            // From the models of its Python client: a function has `strict`.
            takes_strict: true,
            ..Self::openai_compatible()
        }
    }

    /// The profile of DeepSeek, `api.deepseek.com`.
    ///
    /// DeepSeek accepts strict schemas (`takes_strict`) at `https://api.deepseek.com/beta` only,
    /// according to its guide to tool calls. In thinking mode, its default, it rejects a tool
    /// choice that forces a call (recorded).
    #[must_use]
    pub fn deepseek() -> Self {
        Self {
            name: Cow::Borrowed("DeepSeek"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("deepseek")),
            // From the guide to thinking mode: rejects a request that continues after a call
            // without it.
            returns_reasoning: true,
            // From the API reference: `response_format` is `text` or `json_object`. A schema is
            // rejected with "This response_format type is unavailable now" (llm-exe#662).
            output_mode: OutputMode::Json,
            ..Self::openai_compatible()
        }
    }

    /// The profile of xAI (Grok), `api.x.ai`.
    ///
    /// References in schemas are kept: according to its guide to structured outputs, xAI accepts
    /// all that are not recursive, whereas Grok on Azure accepts none.
    #[must_use]
    pub fn xai() -> Self {
        Self {
            name: Cow::Borrowed("xAI"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("x_ai")),
            // From the API reference: `max_tokens` is deprecated.
            token_limit: TokenLimit::MaxCompletionTokens,
            ..Self::openai_compatible()
        }
    }

    /// The profile of OpenRouter, `openrouter.ai`, a gateway to other providers.
    #[must_use]
    pub fn openrouter() -> Self {
        Self {
            name: Cow::Borrowed("OpenRouter"),
            // From the guide to reasoning tokens: `reasoning_details` are sent back with calls.
            // OpenRouter accepts them (recorded), and the DeepSeek and Gemini models behind it
            // require them.
            returns_reasoning: true,
            // Accepts `strict` for a tool's schema (recorded).
            takes_strict: true,
            ..Self::openai_compatible()
        }
    }
}

#[cfg(test)]
mod tests;
