//! The attributes of the struct under `#[derive(Tool)]`.

use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

use crate::attribute_parser;
use crate::errors::Errors;
use crate::settings::ToolAttributes;

/// The attributes of the struct.
pub(super) struct StructAttributes {
    /// The arguments of `#[tool(…)]`.
    pub(super) tool: ToolAttributes,
    /// The attributes for serde and schemars, which apply to the arguments.
    pub(super) serde: Vec<Attribute>,
}

impl StructAttributes {
    /// Parses the attributes.
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut settings = Vec::new();
        let mut serde = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident("tool") {
                settings.push(attribute);
            } else if attribute.path().is_ident("serde") || attribute.path().is_ident("schemars") {
                serde.push(attribute.clone());
            }
        }
        for duplicate in settings.iter().skip(1) {
            errors.push(duplicate, "duplicate `#[tool]`: write all settings in one attribute");
        }
        let tokens = match settings.first().map(|setting| &setting.meta) {
            Some(Meta::List(list)) => list.tokens.clone(),
            Some(Meta::NameValue(pair)) => {
                errors.push(pair, "settings belong in parentheses: write `#[tool(…)]`");
                TokenStream::new()
            }
            Some(Meta::Path(_)) | None => TokenStream::new(),
        };
        Self { tool: attribute_parser::parse(tokens, errors), serde }
    }
}
