//! What a user writes between the brackets of `#[tool(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{LitStr, Path, Result, parse_quote};

use super::example::{self, Example};
use super::shared::Settings;
use crate::keys::{Keys, value};

/// What is said of one tool.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) settings: Settings,
    pub(crate) examples: Vec<Example>,
    pub(crate) krate: Option<Path>,
}

impl Attributes {
    /// The path of the `callsign` crate, as this program knows it.
    pub(crate) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl Keys for Attributes {
    const ATTRIBUTE: &'static str = "#[tool]";
    const KNOWN: &'static [&'static str] = &[
        "name",
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
        "example",
        "crate",
    ];
    const REPEATED: &'static [&'static str] = &["example"];

    fn take(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "name" => self.name = Some(value(meta)?.parse()?),
            "example" => self.examples.push(example::read(value(meta)?)?),
            "crate" => self.krate = Some(value(meta)?.parse()?),
            _ => self.settings.take(key, meta)?,
        }
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "description" | "desc" | "doc" | "docs" => Some("the doc comment is the description"),
            "state" | "context" => Some("it goes on the parameter"),
            "prefix" => Some("it goes on the block: `#[toolset(prefix = \"…\")]`"),
            "private" | "told" => Some("write `errors = \"private\"` or `errors = \"told\"`"),
            "examples" => Some("write `example = …` for each of them"),
            "needs_approval" | "confirm" | "ask" => Some("write `approval`"),
            _ => None,
        }
    }
}
