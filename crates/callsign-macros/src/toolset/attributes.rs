//! What a user writes between the brackets of `#[toolset(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitStr, Path, Result, parse_quote};

use crate::keys::{Keys, value};
use crate::settings::Settings;

/// What is said of all the tools of a block.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) prefix: Option<LitStr>,
    pub(super) settings: Settings,
    krate: Option<Path>,
}

impl Attributes {
    /// The path of the `callsign` crate, as this program knows it.
    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl Keys for Attributes {
    const ATTRIBUTE: &'static str = "#[toolset]";
    const KNOWN: &'static [&'static str] = &[
        "prefix",
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

    fn take(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "prefix" => self.prefix = Some(prefix(value(meta)?.parse()?)?),
            "crate" => self.krate = Some(value(meta)?.parse()?),
            _ => self.settings.take(key, meta)?,
        }
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "name" => Some("it goes on a method, `#[tool(name = \"…\")]`; a block has a `prefix`"),
            "example" => Some("it goes on a method: `#[tool(example = \"…\")]`"),
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
        "a prefix becomes part of the tools' names: letters, digits, `_` and `-`, all of ASCII",
    ))
}
