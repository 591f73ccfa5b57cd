//! Services of their own that speak chat completions, and where each differs from the rest.
//!
//! Where a field is not named, nothing is known that speaks against what
//! [`Profile::openai_compatible`] has. "Recorded" is what the recordings of `recorded/` show.

use std::borrow::Cow;

use callsign_core::journal::entry::AnswerFormat;

use super::profile::{Profile, SeedField, TokenLimit};

impl Profile {
    /// Mistral's own service, `api.mistral.ai`.
    #[must_use]
    pub fn mistral() -> Self {
        Self {
            name: Cow::Borrowed("Mistral"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("mistral_ai")),
            // It refuses the field (avante.nvim#2347), and tells its usage without (recorded).
            stream_options: false,
            // By its API reference; it refuses `seed` (ChatterUI#143).
            seed: SeedField::RandomSeed,
            // It refuses fields of a message that it does not know (litellm#30882).
            returns_extra: false,
            // It refuses any other id (langchain#24668); its own are such ids (recorded).
            nine_character_call_ids: true,
            // `strict` of a function, by the models of its own Python client.
            takes_strict: true,
            ..Self::openai_compatible()
        }
    }

    /// DeepSeek's own service, `api.deepseek.com`.
    ///
    /// It takes a strict schema (`takes_strict`) at `https://api.deepseek.com/beta` alone, by its
    /// guide to tool calls. In thinking mode, which is its default, it refuses a choice of tools
    /// that forces a call (recorded).
    #[must_use]
    pub fn deepseek() -> Self {
        Self {
            name: Cow::Borrowed("DeepSeek"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("deepseek")),
            // By its guide to thinking mode; without it, it refuses what comes behind a call.
            returns_reasoning: true,
            // By its API reference `response_format` is `text` or `json_object`; it refuses a
            // schema with "This response_format type is unavailable now" (llm-exe#662).
            answer_format: AnswerFormat::Json,
            ..Self::openai_compatible()
        }
    }

    /// xAI's own service, which has Grok: `api.x.ai`.
    ///
    /// References in schemas stay: by its guide to structured outputs it takes all that do not go
    /// round, while Grok on Azure takes none.
    #[must_use]
    pub fn xai() -> Self {
        Self {
            name: Cow::Borrowed("xAI"),
            // One of OpenTelemetry's well-known values of `gen_ai.provider.name`.
            provider: Some(Cow::Borrowed("x_ai")),
            // By its API reference `max_tokens` is deprecated.
            token_limit: TokenLimit::MaxCompletionTokens,
            ..Self::openai_compatible()
        }
    }

    /// OpenRouter, `openrouter.ai`, a gateway to the models of others.
    #[must_use]
    pub fn openrouter() -> Self {
        Self {
            name: Cow::Borrowed("OpenRouter"),
            // By its guide to reasoning tokens, `reasoning_details` go back beside calls; it takes
            // them (recorded), and models of DeepSeek and Gemini behind it want them.
            returns_reasoning: true,
            // It takes `strict` of a tool's schema (recorded).
            takes_strict: true,
            ..Self::openai_compatible()
        }
    }
}

#[cfg(test)]
mod tests;
