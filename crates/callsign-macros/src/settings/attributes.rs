//! The arguments of `#[tool(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{LitStr, Path, Result, parse_quote};

use super::example::{self, Example};
use super::shared::Settings;
use crate::attribute_parser::{AttributeKeys, value};

/// The arguments of one `#[tool(…)]`.
#[derive(Default)]
pub(crate) struct ToolAttributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) settings: Settings,
    pub(crate) examples: Vec<Example>,
    pub(crate) krate: Option<Path>,
}

impl ToolAttributes {
    /// Returns the path of the `callsign` crate.
    pub(crate) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl AttributeKeys for ToolAttributes {
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
    const REPEATABLE: &'static [&'static str] = &["example"];

    fn set(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "name" => self.name = Some(value(meta)?.parse()?),
            "example" => self.examples.push(example::parse(value(meta)?)?),
            "crate" => self.krate = Some(value(meta)?.parse()?),
            _ => self.settings.set(key, meta)?,
        }
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "description" | "desc" | "doc" | "docs" => Some("the doc comment is the description"),
            "state" | "context" => Some("it belongs on the parameter"),
            "prefix" => Some("it belongs on the block: `#[toolset(prefix = \"…\")]`"),
            "private" | "visible" => Some("write `errors = \"private\"` or `errors = \"visible\"`"),
            "examples" => Some("write `example = …` once for each"),
            "needs_approval" | "confirm" | "ask" => Some("write `approval`"),
            _ => None,
        }
    }
}
