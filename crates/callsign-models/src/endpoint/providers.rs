//! Profiles of further providers of the chat-completions API.
//!
//! A field that is not set here has the value of [`Profile::openai_compatible`], because no
//! difference is known. "Recorded" refers to the recordings in `src/recordings`.
//!
//! Reasoning goes back to providers whose documentation asks for it or that reject requests without
//! it. Alibaba Cloud (Qwen), Groq, Mistral and xAI do not ask for it in chat completions. Gemini's
//! signatures are in `extra_content`, which `returns_extra` covers.

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

    /// The profile of Moonshot (Kimi), `api.moonshot.ai`, `api.moonshot.cn` and `api.kimi.com`.
    #[must_use]
    pub fn moonshot() -> Self {
        Self {
            name: Cow::Borrowed("Moonshot"),
            // From the guide to its thinking models: `reasoning_content` is sent back with calls.
            // A request without it is rejected with "thinking is enabled but reasoning_content is
            // missing in assistant tool call message" (continue#11527, kilocode#5544).
            returns_reasoning: true,
            // An empty text satisfies the check (obsidian-yolo#243). Messages of other models have
            // no reasoning.
            requires_reasoning: true,
            ..Self::openai_compatible()
        }
    }

    /// The profile of Z.ai (GLM), `api.z.ai` and `open.bigmodel.cn`.
    #[must_use]
    pub fn zai() -> Self {
        Self {
            name: Cow::Borrowed("Z.ai"),
            // From the guide to its thinking mode: reasoning is returned with the tool results.
            // Without it, requests are accepted (openai-agents-python#2669).
            returns_reasoning: true,
            ..Self::openai_compatible()
        }
    }

    /// The profile of MiniMax, `api.minimax.io` and `api.minimaxi.com`.
    ///
    /// With the extra field `reasoning_split`, the API sends reasoning in `reasoning_details`
    /// instead of `<think>` blocks in the text.
    #[must_use]
    pub fn minimax() -> Self {
        Self {
            name: Cow::Borrowed("MiniMax"),
            // From the guide to tool use with M2: `reasoning_details` are sent back with calls.
            returns_reasoning: true,
            ..Self::openai_compatible()
        }
    }

    /// The profile of LiteLLM, a gateway to other providers. No address identifies it.
    #[must_use]
    pub fn litellm() -> Self {
        Self {
            name: Cow::Borrowed("LiteLLM"),
            // From its page on reasoning: `thinking_blocks` of Claude are sent back. Without them,
            // Anthropic rejects calls that followed thinking (openai-agents-python#678).
            returns_reasoning: true,
            ..Self::openai_compatible()
        }
    }
}

#[cfg(test)]
mod tests;
