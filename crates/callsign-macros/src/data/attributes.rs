//! What a user writes between the brackets of `#[data(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Path, Result, parse_quote};

use crate::keys::{Keys, value};

/// The settings of a type.
#[derive(Default)]
pub(super) struct Attributes {
    krate: Option<Path>,
}

impl Attributes {
    /// The path of the `callsign` crate, as this program knows it.
    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl Keys for Attributes {
    const ATTRIBUTE: &'static str = "#[data]";
    const KNOWN: &'static [&'static str] = &["crate"];

    fn take(&mut self, _key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        self.krate = Some(value(meta)?.parse()?);
        Ok(())
    }

    fn advice(key: &str) -> Option<&'static str> {
        match key {
            "rename_all" | "rename" | "tag" | "default" | "untagged" => {
                Some("write it in `#[serde(…)]` below")
            }
            _ => None,
        }
    }
}
