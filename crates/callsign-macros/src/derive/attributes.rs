//! What a user writes above the struct.

use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

use crate::errors::Errors;
use crate::keys;
use crate::settings::Attributes;

/// What is said of the struct.
pub(super) struct Said {
    /// What `#[tool(…)]` says.
    pub(super) attributes: Attributes,
    /// What is said to serde and schemars, which goes for the arguments.
    pub(super) serde: Vec<Attribute>,
}

impl Said {
    /// Reads it.
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut settings = Vec::new();
        let mut serde = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident("tool") {
                settings.push(attribute);
            } else if attribute.path().is_ident("serde") || attribute.path().is_ident("schemars") {
                serde.push(attribute.clone());
            }
        }
        for again in settings.iter().skip(1) {
            errors.push(again, "`#[tool]` is given twice: write all settings into one");
        }
        let tokens = match settings.first().map(|setting| &setting.meta) {
            Some(Meta::List(list)) => list.tokens.clone(),
            Some(Meta::NameValue(pair)) => {
                errors.push(pair, "settings go into brackets: `#[tool(…)]`");
                TokenStream::new()
            }
            Some(Meta::Path(_)) | None => TokenStream::new(),
        };
        Self { attributes: keys::read(tokens, errors), serde }
    }
}
