//! Finish reasons as providers spell them.

use callsign_types::finish_reason::FinishReason;

/// The spellings of other APIs and of gateways to them, in lower case.
///
/// Sources: the references of Anthropic (`end_turn`, `stop_sequence`, `tool_use`, `max_tokens`),
/// Gemini (`STOP`, `MAX_TOKENS`, `SAFETY`, `RECITATION` and others), Cohere (`COMPLETE`,
/// `TOOL_CALL`), Mistral (`model_length`), text-generation-inference (`eos_token`), OpenAI's legacy
/// `function_call`; recorded responses (`completed`, `eos`, `max_output_tokens`).
const SYNONYMS: &[(&str, FinishReason)] = &[
    ("stop", FinishReason::Stop),
    ("end_turn", FinishReason::Stop),
    ("stop_sequence", FinishReason::Stop),
    ("eos", FinishReason::Stop),
    ("eos_token", FinishReason::Stop),
    ("complete", FinishReason::Stop),
    ("completed", FinishReason::Stop),
    ("tool_calls", FinishReason::ToolCalls),
    ("tool_call", FinishReason::ToolCalls),
    ("tool_use", FinishReason::ToolCalls),
    ("function_call", FinishReason::ToolCalls),
    ("length", FinishReason::Length),
    ("max_tokens", FinishReason::Length),
    ("max_output_tokens", FinishReason::Length),
    ("model_length", FinishReason::Length),
    ("content_filter", FinishReason::ContentFilter),
    ("safety", FinishReason::ContentFilter),
    ("recitation", FinishReason::ContentFilter),
    ("prohibited_content", FinishReason::ContentFilter),
    ("blocklist", FinishReason::ContentFilter),
    ("spii", FinishReason::ContentFilter),
];

/// Reads a finish reason; `None` if the text says that there is none.
///
/// A reason that is not known here stays as it is. No call of such a response runs.
pub(crate) fn decode(reason: &str) -> Option<FinishReason> {
    if ["", "null", "none", "undefined"].iter().any(|none| none.eq_ignore_ascii_case(reason)) {
        return None;
    }
    let synonym = SYNONYMS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(reason));
    Some(synonym.map_or_else(|| FinishReason::Other(reason.to_owned()), |(_, known)| known.clone()))
}

#[cfg(test)]
mod tests {
    use callsign_types::finish_reason::FinishReason;

    use super::decode;

    #[test]
    fn spellings_of_other_apis_are_known() {
        for (spelling, reason) in [
            ("stop", FinishReason::Stop),
            ("STOP", FinishReason::Stop),
            ("end_turn", FinishReason::Stop),
            ("tool_use", FinishReason::ToolCalls),
            ("MAX_TOKENS", FinishReason::Length),
            ("model_length", FinishReason::Length),
            ("SAFETY", FinishReason::ContentFilter),
        ] {
            assert_eq!(decode(spelling), Some(reason), "{spelling}");
        }
    }

    #[test]
    fn unknown_reasons_stay_and_are_cut() {
        let unknown = ["abort", "network_error", "timeout", "cancelled", "MALFORMED_FUNCTION_CALL"];
        for spelling in unknown {
            let reason = decode(spelling).unwrap();
            assert_eq!(reason, FinishReason::Other(spelling.to_owned()));
            assert!(reason.is_cut());
        }
    }

    #[test]
    fn texts_for_no_reason_are_none() {
        for spelling in ["", "null", "None", "undefined"] {
            assert_eq!(decode(spelling), None, "{spelling}");
        }
    }
}
