//! Finish reasons as providers spell them.

use callsign_types::finish_reason::FinishReason;

/// Reads a finish reason.
///
/// Mistral distinguishes the model's token limit from the request's. Gateways to other APIs pass on
/// the spelling of those APIs.
pub(crate) fn decode(reason: &str) -> FinishReason {
    match reason {
        "model_length" | "max_tokens" | "MAX_TOKENS" => FinishReason::Length,
        reason => reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use callsign_types::finish_reason::FinishReason;

    use super::decode;

    #[test]
    fn other_spellings_of_the_token_limit_are_a_length() {
        for reason in ["length", "model_length", "max_tokens", "MAX_TOKENS"] {
            assert_eq!(decode(reason), FinishReason::Length, "{reason}");
        }
        assert_eq!(decode("stop"), FinishReason::Stop);
        assert_eq!(decode("odd"), FinishReason::Other("odd".to_owned()));
    }
}
