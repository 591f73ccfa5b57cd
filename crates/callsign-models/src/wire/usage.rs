//! Parsing of token usage. Only the known figures are kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use callsign_types::usage::Usage;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::fast_json::{self, FastJson, FastReader, Unsupported};

/// Known figures. They are ignored at unexpected positions.
const KNOWN: [&str; 5] =
    ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"];

/// A parsed usage object.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ParsedUsage {
    /// Token counts. Missing figures are 0.
    pub(super) usage: Usage,
    /// Whether there are other values that are neither zero, null nor `false`.
    pub(super) has_other_figures: bool,
}

/// A `usage` field: its raw JSON and the parsed object.
#[derive(Debug, Default)]
pub(super) struct UsageField<'a> {
    pub(super) json: &'a str,
    /// `None` if it is not an object.
    pub(super) parsed: Option<ParsedUsage>,
}

impl<'a> FastJson<'a> for UsageField<'a> {
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        let ((), json) = reader.with_raw(|reader| {
            if reader.peek() == Some(b'{') {
                return self.parsed.insert(ParsedUsage::default()).read(reader);
            }
            reader.raw().map(drop)
        })?;
        self.json = json;
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for UsageField<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self { json, parsed: read(json) })
    }
}

/// Parses a usage object. Returns `None` if `json` is not an object.
pub(super) fn read(json: &str) -> Option<ParsedUsage> {
    fast_json::read_fast(json).ok().or_else(|| read_field_by_field(json))
}

/// Parses the fields one by one, so that one unreadable field does not discard the others.
fn read_field_by_field(json: &str) -> Option<ParsedUsage> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).ok()?;
    let mut parsed = ParsedUsage::default();
    for (name, value) in fields {
        let mut reader = FastReader::new(value.get());
        if parsed.read_field(UsageSection::Usage, &name, &mut reader).is_err() {
            parsed.has_other_figures = true;
        }
    }
    Some(parsed)
}

impl<'a> FastJson<'a> for ParsedUsage {
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        self.read_object(UsageSection::Usage, reader)
    }
}

/// The part of a usage object that is being read.
#[derive(Clone, Copy)]
enum UsageSection {
    Usage,
    PromptDetails,
    CompletionDetails,
    Other,
}

impl ParsedUsage {
    fn read_object(
        &mut self,
        section: UsageSection,
        reader: &mut FastReader<'_>,
    ) -> Result<(), Unsupported> {
        reader.object(|reader, name| self.read_field(section, &name, reader))
    }

    fn read_field(
        &mut self,
        section: UsageSection,
        name: &str,
        reader: &mut FastReader<'_>,
    ) -> Result<(), Unsupported> {
        let inner = match (section, name) {
            (UsageSection::Usage, "prompt_tokens_details") => UsageSection::PromptDetails,
            (UsageSection::Usage, "completion_tokens_details") => UsageSection::CompletionDetails,
            _ => UsageSection::Other,
        };
        let next = reader.peek();
        let (count, json) = reader.with_raw(|reader| {
            if next == Some(b'{') {
                return self.read_object(inner, reader).map(|()| None);
            }
            match reader.unsigned() {
                None => reader.raw().map(|_| None),
                count => Ok(count),
            }
        })?;
        if let Some(target) = self.count_mut(section, name) {
            *target = count.or_else(|| json.parse().ok()).unwrap_or(0);
        } else if count != Some(0) && !matches!(next, Some(b'{' | b'n' | b'f')) {
            let is_known = KNOWN.contains(&name) || !matches!(inner, UsageSection::Other);
            self.has_other_figures |= !is_known && json.parse() != Ok(0.0);
        }
        Ok(())
    }

    /// Returns the count that the field `name` sets, if any.
    fn count_mut(&mut self, section: UsageSection, name: &str) -> Option<&mut u64> {
        match (section, name) {
            (UsageSection::Usage, "prompt_tokens") => Some(&mut self.usage.input_tokens),
            (UsageSection::Usage, "completion_tokens") => Some(&mut self.usage.output_tokens),
            (UsageSection::PromptDetails, "cached_tokens") => {
                Some(&mut self.usage.cached_input_tokens)
            }
            (UsageSection::CompletionDetails, "reasoning_tokens") => {
                Some(&mut self.usage.reasoning_tokens)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use callsign_types::usage::Usage;

    use super::read;

    #[track_caller]
    fn check(json: &str, [input, output, cached, reasoning]: [u64; 4], has_other_figures: bool) {
        let parsed = read(json).unwrap();
        let mut usage = Usage::new(input, output);
        (usage.cached_input_tokens, usage.reasoning_tokens) = (cached, reasoning);
        assert_eq!((parsed.usage, parsed.has_other_figures), (usage, has_other_figures), "{json}");
    }

    #[test]
    fn known_figures_are_read_and_unknown_figures_are_flagged() {
        check("{}", [0; 4], false);
        check(r#"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#, [3, 4, 0, 0], false);
        let details = r#"{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},
            "completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":1,"x":null}}"#;
        check(details, [3, 4, 2, 1], false);
        check(r#"{"completion_tokens_details":null,"prompt_tokens_details":5}"#, [0; 4], false);
        check(r#"{"prompt_tokens":3.0,"completion_tokens":"4"}"#, [0; 4], false);
        // Known figures at unexpected positions are ignored.
        check(r#"{"cached_tokens":2,"details":{"reasoning_tokens":1}}"#, [0; 4], false);
        check(r#"{"cost":0.0,"other":{"a":{"b":-0}},"is_byok":false}"#, [0; 4], false);
        for more in
            [r#"{"cost":0.1}"#, r#"{"a":{"b":1}}"#, r#"{"a":[]}"#, r#"{"a":""}"#, r#"{"a":true}"#]
        {
            check(more, [0; 4], true);
        }
    }

    #[test]
    fn unreadable_field_does_not_discard_the_others() {
        let partly_invalid =
            r#"{"prompt_tokens":3,"completion_tokens_details":{"\ud800":1},"x":"\ud800"}"#;
        check(partly_invalid, [3, 0, 0, 0], true);
        let deep = format!(r#"{{"prompt_tokens":3,"x":{}1{}}}"#, "[".repeat(110), "]".repeat(110));
        check(&deep, [3, 0, 0, 0], true);
    }

    #[test]
    fn non_object_is_not_a_usage() {
        assert!(["null", "3", "[]", "\"\""].iter().all(|json| read(json).is_none()));
    }
}
