//! Finish reasons as providers spell them.

use std::borrow::Cow;

use callsign_types::finish_reason::FinishReason;

/// The spellings of a profile, in the type of
/// [`Profile::finish_reasons`](crate::endpoint::profile::Profile::finish_reasons).
pub(crate) type Spellings = Cow<'static, [(Cow<'static, str>, FinishReason)]>;

/// Reads a finish reason; `None` if the text says that there is none.
///
/// Upper and lower case are the same. A reason that is not among the `spellings` stays as it is. No
/// call of such a response runs.
pub(crate) fn decode(
    reason: &str,
    spellings: &[(Cow<'static, str>, FinishReason)],
) -> Option<FinishReason> {
    if ["", "null", "none", "undefined"].iter().any(|none| none.eq_ignore_ascii_case(reason)) {
        return None;
    }
    // The last one counts, so that a spelling that is added to a profile overrides its own.
    let known = spellings.iter().rfind(|(spelling, _)| spelling.eq_ignore_ascii_case(reason));
    Some(known.map_or_else(|| FinishReason::Other(reason.to_owned()), |(_, known)| known.clone()))
}

/// Sets the reason of a response from the field of a chunk. A reason that means a truncated response
/// stays: a later chunk does not make it complete.
pub(crate) fn update(
    known: &mut Option<FinishReason>,
    reason: Option<&str>,
    spellings: &[(Cow<'static, str>, FinishReason)],
) {
    let is_cut = known.as_ref().is_some_and(FinishReason::is_cut);
    let reason = reason.filter(|_| !is_cut).and_then(|reason| decode(reason, spellings));
    *known = reason.or_else(|| known.take());
}

#[cfg(test)]
mod tests {
    use callsign_types::finish_reason::FinishReason;

    use crate::endpoint::profile::Profile;

    fn decode(reason: &str) -> Option<FinishReason> {
        super::decode(reason, &Profile::openai_compatible().finish_reasons)
    }

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
    fn profile_adds_and_overrides_spellings() {
        let mut profile = Profile::openai_compatible();
        let known = profile.finish_reasons.to_mut();
        known.push(("done".into(), FinishReason::Stop));
        known.push(("eos".into(), FinishReason::Length));
        let decode = |reason| super::decode(reason, &profile.finish_reasons);
        assert_eq!(decode("DONE"), Some(FinishReason::Stop));
        assert_eq!(decode("eos"), Some(FinishReason::Length));
        assert_eq!(decode("stop"), Some(FinishReason::Stop));
    }

    #[test]
    fn texts_for_no_reason_are_none() {
        for spelling in ["", "null", "None", "undefined"] {
            assert_eq!(decode(spelling), None, "{spelling}");
        }
    }
}
