//! The arguments of `#[data(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Path, Result, parse_quote};

use crate::attribute_parser::{AttributeKeys, value};

/// The arguments of one `#[data(…)]`.
#[derive(Default)]
pub(super) struct DataAttributes {
    krate: Option<Path>,
}

impl DataAttributes {
    /// Returns the path of the `callsign` crate.
    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::callsign))
    }
}

impl AttributeKeys for DataAttributes {
    const ATTRIBUTE: &'static str = "#[data]";
    const KNOWN: &'static [&'static str] = &["crate"];

    fn set(&mut self, _key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
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
