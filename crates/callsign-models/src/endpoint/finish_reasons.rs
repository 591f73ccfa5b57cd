//! [`FINISH_REASONS`]: the spellings of finish reasons that every profile knows.

use std::borrow::Cow;

use callsign_types::finish_reason::FinishReason;

/// The spellings of other APIs and of gateways to them, in lower case.
///
/// Sources: the references of Anthropic (`end_turn`, `stop_sequence`, `tool_use`, `max_tokens`),
/// Gemini (`STOP`, `MAX_TOKENS`, `SAFETY`, `RECITATION` and others), Cohere (`COMPLETE`,
/// `TOOL_CALL`), Mistral (`model_length`), text-generation-inference (`eos_token`), OpenAI's legacy
/// `function_call`; recorded responses (`completed`, `eos`, `max_output_tokens`).
pub(crate) const FINISH_REASONS: &[(Cow<'static, str>, FinishReason)] = &[
    (Cow::Borrowed("stop"), FinishReason::Stop),
    (Cow::Borrowed("end_turn"), FinishReason::Stop),
    (Cow::Borrowed("stop_sequence"), FinishReason::Stop),
    (Cow::Borrowed("eos"), FinishReason::Stop),
    (Cow::Borrowed("eos_token"), FinishReason::Stop),
    (Cow::Borrowed("complete"), FinishReason::Stop),
    (Cow::Borrowed("completed"), FinishReason::Stop),
    (Cow::Borrowed("tool_calls"), FinishReason::ToolCalls),
    (Cow::Borrowed("tool_call"), FinishReason::ToolCalls),
    (Cow::Borrowed("tool_use"), FinishReason::ToolCalls),
    (Cow::Borrowed("function_call"), FinishReason::ToolCalls),
    (Cow::Borrowed("length"), FinishReason::Length),
    (Cow::Borrowed("max_tokens"), FinishReason::Length),
    (Cow::Borrowed("max_output_tokens"), FinishReason::Length),
    (Cow::Borrowed("model_length"), FinishReason::Length),
    (Cow::Borrowed("content_filter"), FinishReason::ContentFilter),
    (Cow::Borrowed("safety"), FinishReason::ContentFilter),
    (Cow::Borrowed("recitation"), FinishReason::ContentFilter),
    (Cow::Borrowed("prohibited_content"), FinishReason::ContentFilter),
    (Cow::Borrowed("blocklist"), FinishReason::ContentFilter),
    (Cow::Borrowed("spii"), FinishReason::ContentFilter),
];
