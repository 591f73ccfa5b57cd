//! What a reply cost, read without keeping anything else of what was told.

use std::fmt;

use callsign_core::words::usage::Usage;
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::loose::Loose;

/// The figures that are known, wherever they stand.
const KNOWN: [&str; 5] =
    ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"];

/// What a usage object says.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The tokens. What is missing counts as none.
    pub(super) usage: Usage,
    /// Whether there are figures beyond those that are known.
    pub(super) says_more: bool,
}

/// What this JSON text says; `None` where it is no object's.
pub(super) fn read(json: &str) -> Option<Told> {
    let mut told = Told::default();
    told.read_object(json, Within::Usage).then_some(told)
}

/// Which object of a usage is being read.
#[derive(Clone, Copy)]
enum Within {
    Usage,
    PromptDetails,
    CompletionDetails,
    Other,
}

impl Told {
    /// Takes an object's fields, and says whether it is one.
    fn read_object(&mut self, json: &str, within: Within) -> bool {
        let mut json = serde_json::Deserializer::from_str(json);
        json.deserialize_map(Level { told: self, within }).is_ok()
    }

    fn read_field(&mut self, within: Within, name: &str, json: &str) {
        let count = match (within, name) {
            (Within::Usage, "prompt_tokens") => Some(&mut self.usage.input_tokens),
            (Within::Usage, "completion_tokens") => Some(&mut self.usage.output_tokens),
            (Within::PromptDetails, "cached_tokens") => Some(&mut self.usage.cached_input_tokens),
            (Within::CompletionDetails, "reasoning_tokens") => {
                Some(&mut self.usage.reasoning_tokens)
            }
            _ => None,
        };
        if let Some(count) = count {
            *count = json.parse().unwrap_or(0);
        }
        let inner = match (within, name) {
            (Within::Usage, "prompt_tokens_details") => Within::PromptDetails,
            (Within::Usage, "completion_tokens_details") => Within::CompletionDetails,
            _ => Within::Other,
        };
        match json.bytes().next() {
            Some(b'{') => {
                self.read_object(json, inner);
            }
            Some(b'n' | b'f') | None => {}
            Some(_) => {
                let is_known = KNOWN.contains(&name) || !matches!(inner, Within::Other);
                self.says_more |= !is_known && json.parse() != Ok(0.0);
            }
        }
    }
}

/// One object of a usage.
struct Level<'a> {
    told: &'a mut Told,
    within: Within,
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some((name, value)) = fields.next_entry::<Loose<'de>, &'de RawValue>()? {
            self.told.read_field(self.within, &name.into_key(), value.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use callsign_core::words::usage::Usage;

    use super::read;

    #[track_caller]
    fn check(json: &str, [input, output, cached, reasoning]: [u64; 4], says_more: bool) {
        let told = read(json).unwrap();
        let mut usage = Usage::new(input, output);
        (usage.cached_input_tokens, usage.reasoning_tokens) = (cached, reasoning);
        assert_eq!((told.usage, told.says_more), (usage, says_more), "{json}");
    }

    #[test]
    fn known_figures_are_read_and_others_are_noticed() {
        check("{}", [0; 4], false);
        check(r#"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#, [3, 4, 0, 0], false);
        let details = r#"{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},
            "completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":1,"x":null}}"#;
        check(details, [3, 4, 2, 1], false);
        check(r#"{"completion_tokens_details":null,"prompt_tokens_details":5}"#, [0; 4], false);
        check(r#"{"prompt_tokens":3.0,"completion_tokens":"4"}"#, [0; 4], false);
        // Known figures count only where they belong.
        check(r#"{"cached_tokens":2,"details":{"reasoning_tokens":1}}"#, [0; 4], false);
        check(r#"{"cost":0.0,"other":{"a":{"b":-0}},"is_byok":false}"#, [0; 4], false);
        for more in
            [r#"{"cost":0.1}"#, r#"{"a":{"b":1}}"#, r#"{"a":[]}"#, r#"{"a":""}"#, r#"{"a":true}"#]
        {
            check(more, [0; 4], true);
        }
    }

    #[test]
    fn what_is_no_object_is_no_usage() {
        assert!(["null", "3", "[]", "\"\""].iter().all(|json| read(json).is_none()));
    }
}
