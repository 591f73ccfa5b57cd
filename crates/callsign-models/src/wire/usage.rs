//! What a reply cost, read without keeping anything else of what was told.

use std::borrow::Cow;
use std::collections::BTreeMap;

use callsign_core::words::usage::Usage;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::plain::{self, NotPlain, Plain, Reader};

/// The figures that are known, wherever they stand.
const KNOWN: [&str; 5] =
    ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"];

/// What a usage object says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// The tokens. What is missing counts as none.
    pub(super) usage: Usage,
    /// Whether there are figures beyond those that are known.
    pub(super) says_more: bool,
}

/// A usage, as it came and as it was understood.
#[derive(Debug, Default)]
pub(super) struct Bill<'a> {
    pub(super) json: &'a str,
    /// `None` where it is no object.
    pub(super) told: Option<Told>,
}

impl<'a> Plain<'a> for Bill<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        let ((), json) = reader.with_text(|reader| {
            if reader.peek() == Some(b'{') {
                return self.told.insert(Told::default()).read(reader);
            }
            reader.raw().map(drop)
        })?;
        self.json = json;
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bill<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self { json, told: read(json) })
    }
}

/// What this JSON text says; `None` where it is no object's.
pub(super) fn read(json: &str) -> Option<Told> {
    plain::read_plain(json).ok().or_else(|| read_field_by_field(json))
}

/// What the fields say that can be read: what somebody put in beside the figures is no reason to
/// lose them.
fn read_field_by_field(json: &str) -> Option<Told> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).ok()?;
    let mut told = Told::default();
    for (name, value) in fields {
        let mut reader = Reader::new(value.get());
        if told.read_field(Within::Usage, &name, &mut reader).is_err() {
            told.says_more = true;
        }
    }
    Some(told)
}

impl<'a> Plain<'a> for Told {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        self.read_object(Within::Usage, reader)
    }
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
    fn read_object(&mut self, within: Within, reader: &mut Reader<'_>) -> Result<(), NotPlain> {
        reader.object(|reader, name| self.read_field(within, &name, reader))
    }

    fn read_field(
        &mut self,
        within: Within,
        name: &str,
        reader: &mut Reader<'_>,
    ) -> Result<(), NotPlain> {
        let inner = match (within, name) {
            (Within::Usage, "prompt_tokens_details") => Within::PromptDetails,
            (Within::Usage, "completion_tokens_details") => Within::CompletionDetails,
            _ => Within::Other,
        };
        let next = reader.peek();
        let (natural, json) = reader.with_text(|reader| {
            if next == Some(b'{') {
                return self.read_object(inner, reader).map(|()| None);
            }
            match reader.natural() {
                None => reader.raw().map(|_| None),
                natural => Ok(natural),
            }
        })?;
        if let Some(count) = self.count(within, name) {
            *count = natural.or_else(|| json.parse().ok()).unwrap_or(0);
        } else if natural != Some(0) && !matches!(next, Some(b'{' | b'n' | b'f')) {
            let is_known = KNOWN.contains(&name) || !matches!(inner, Within::Other);
            self.says_more |= !is_known && json.parse() != Ok(0.0);
        }
        Ok(())
    }

    /// Where this figure is kept, if it is.
    fn count(&mut self, within: Within, name: &str) -> Option<&mut u64> {
        match (within, name) {
            (Within::Usage, "prompt_tokens") => Some(&mut self.usage.input_tokens),
            (Within::Usage, "completion_tokens") => Some(&mut self.usage.output_tokens),
            (Within::PromptDetails, "cached_tokens") => Some(&mut self.usage.cached_input_tokens),
            (Within::CompletionDetails, "reasoning_tokens") => {
                Some(&mut self.usage.reasoning_tokens)
            }
            _ => None,
        }
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
    fn what_cannot_be_read_takes_nothing_with_it() {
        let half = r#"{"prompt_tokens":3,"completion_tokens_details":{"\ud800":1},"x":"\ud800"}"#;
        check(half, [3, 0, 0, 0], true);
        let deep = format!(r#"{{"prompt_tokens":3,"x":{}1{}}}"#, "[".repeat(110), "]".repeat(110));
        check(&deep, [3, 0, 0, 0], true);
    }

    #[test]
    fn what_is_no_object_is_no_usage() {
        assert!(["null", "3", "[]", "\"\""].iter().all(|json| read(json).is_none()));
    }
}
