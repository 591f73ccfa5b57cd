//! Whether a text is JSON that services take back, found out without keeping anything of it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether a text is that of a JSON object, as strictly as services read it: a number that is too
/// large, half a surrogate pair or too deep a nesting is no JSON to them.
pub(crate) fn is_object(text: &str) -> bool {
    let starts = text.trim_start().starts_with('{');
    starts && serde_json::from_str::<Read>(text).is_ok()
}

/// A value that was read and not kept.
struct Read;

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `IgnoredAny` would be quicker, and takes what is none.
        deserializer.deserialize_any(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Read, A::Error> {
        while items.next_element::<Read>()?.is_some() {}
        Ok(Read)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Read, A::Error> {
        while fields.next_entry::<Read, Read>()?.is_some() {}
        Ok(Read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::is_object;

    /// It says what reading it whole says.
    #[track_caller]
    fn check(text: &str) {
        assert_eq!(
            is_object(text),
            serde_json::from_str::<Map<String, Value>>(text).is_ok(),
            "{text}"
        );
    }

    #[test]
    fn it_is_as_strict_as_reading_the_whole() {
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let texts = [
            "{}",
            " {} ",
            "\n{\"a\": 1}\n",
            "[]",
            "1",
            "null",
            "\"{}\"",
            "",
            "{",
            "{\"a\"}",
            "{} {}",
            "{\"a\": 1e999}",
            "{\"a\": 1e99}",
            "{\"a\": -12}",
            "{\"a\": 1234567890123456789012}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": \"\\ud83d\\ude00\"}",
            "{\"\\ud800\": 1}",
            "{\"\\n\": 1}",
            "{\"a\": 1, \"a\": 2}",
            "{\"a\": [1, {\"b\": null}, true]}",
            "{\"a\": [1,]}",
            "{\"a\": 1,}",
            "{1: 2}",
            "{\"a\": \"\u{1}\"}",
            "\u{feff}{}",
            "{\"a\": 01}",
            "{\"a\": tru}",
        ];
        texts.into_iter().for_each(check);
        [10, 100, 120, 126, 127, 128, 129, 200].map(deep).iter().for_each(|text| check(text));
    }
}
