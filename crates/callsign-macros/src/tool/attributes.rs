//! What a user writes between the brackets of `#[tool(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitInt, LitStr, Path, Result, parse_quote};

use super::time;
use crate::keys::{Keys, flag, value};

/// The settings of a tool.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) name: Option<LitStr>,
    pub(super) group: Option<LitStr>,
    pub(super) idempotent: bool,
    pub(super) read_only: bool,
    pub(super) timeout_ms: Option<u64>,
    pub(super) concurrency: Option<u32>,
    krate: Option<Path>,
}

impl Attributes {
    /// The path of the `callsign` crate, as this program knows it.
    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl Keys for Attributes {
    const ATTRIBUTE: &'static str = "#[tool]";
    const KNOWN: &'static [&'static str] =
        &["name", "group", "idempotent", "read_only", "timeout", "concurrency", "crate"];

    fn take(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match key {
            "name" => self.name = Some(value(meta)?.parse()?),
            "group" => self.group = Some(value(meta)?.parse()?),
            "idempotent" => self.idempotent = flag(meta)?,
            "read_only" => self.read_only = flag(meta)?,
            "timeout" => self.timeout_ms = Some(time::milliseconds(value(meta)?)?),
            "concurrency" => self.concurrency = Some(positive(&value(meta)?.parse()?)?),
            _ => self.krate = Some(value(meta)?.parse()?),
        }
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "description" | "desc" | "doc" | "docs" => {
                Some("the function's doc comment is the description")
            }
            "state" | "context" => Some("it goes on the parameter"),
            _ => None,
        }
    }
}

fn positive(number: &LitInt) -> Result<u32> {
    match number.base10_parse()? {
        0 => Err(Error::new(
            number.span(),
            "a tool that runs none of its calls at once never runs: at least 1",
        )),
        number => Ok(number),
    }
}
