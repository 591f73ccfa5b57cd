//! The arguments of `#[toolset(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitInt, LitStr, Path, Result, parse_quote};

use crate::attribute_parser::{AttributeKeys, value};
use crate::settings::Settings;

/// The arguments of one `#[toolset(…)]`.
#[derive(Default)]
pub(super) struct ToolsetAttributes {
    pub(super) prefix: Option<LitStr>,
    /// The number of a further block of the type.
    pub(super) part: Option<LitInt>,
    pub(super) settings: Settings,
    krate: Option<Path>,
}

impl ToolsetAttributes {
    /// Returns the number of the block.
    pub(super) fn part(&self) -> usize {
        self.part.as_ref().and_then(|part| part.base10_parse().ok()).unwrap_or(1)
    }

    /// Returns the path of the `callsign` crate.
    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl AttributeKeys for ToolsetAttributes {
    const ATTRIBUTE: &'static str = "#[toolset]";
    const KNOWN: &'static [&'static str] = &[
        "prefix",
        "part",
        "group",
        "read_only",
        "idempotent",
        "approval",
        "sequential",
        "coerce",
        "strict",
        "errors",
        "timeout",
        "concurrency",
        "max_result_bytes",
        "crate",
    ];

    fn set(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "prefix" => self.prefix = Some(prefix(value(meta)?.parse()?)?),
            "part" => self.part = Some(part(value(meta)?.parse()?)?),
            "crate" => self.krate = Some(value(meta)?.parse()?),
            _ => self.settings.set(key, meta)?,
        }
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "name" => {
                Some("it belongs on a method, as `#[tool(name = \"…\")]`; a block has a `prefix`")
            }
            "example" => Some("it belongs on a method, as `#[tool(example = \"…\")]`"),
            "description" | "doc" => Some("the methods' doc comments are the descriptions"),
            _ => None,
        }
    }
}

fn prefix(text: LitStr) -> Result<LitStr> {
    let is_valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !text.value().is_empty() && text.value().bytes().all(is_valid) {
        return Ok(text);
    }
    Err(Error::new(
        text.span(),
        "invalid prefix: write one or more ASCII letters, digits, `_` and `-`",
    ))
}

fn part(number: LitInt) -> Result<LitInt> {
    match number.base10_parse::<usize>() {
        Ok(2..) => Ok(number),
        _ => Err(Error::new(
            number.span(),
            "invalid part: the first block has none, the others are numbered from 2",
        )),
    }
}
