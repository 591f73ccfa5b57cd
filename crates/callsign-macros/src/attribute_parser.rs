//! Parser of attribute arguments, `key` or `key = value`. It continues after an error.

use proc_macro2::{TokenStream, TokenTree};
use syn::meta::ParseNestedMeta;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Result, Token};

use crate::errors::Errors;
use crate::suggest::most_similar;

/// The arguments of an attribute, set key by key.
pub(crate) trait AttributeKeys {
    /// The attribute as the user writes it, for messages.
    const ATTRIBUTE: &'static str;
    /// The keys of the attribute.
    const KNOWN: &'static [&'static str];
    /// The keys that can be repeated.
    const REPEATABLE: &'static [&'static str] = &[];

    /// Parses and sets the value of a known key.
    fn set(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()>;

    /// Returns what to write instead of an unknown key, or `None` if there is no specific advice.
    fn advice(_key: &str) -> Option<&'static str> {
        None
    }
}

/// Parses the arguments of an attribute.
pub(crate) fn parse<K: AttributeKeys + Default>(tokens: TokenStream, errors: &mut Errors) -> K {
    let mut keys = K::default();
    if let Some(TokenTree::Literal(text)) = tokens.clone().into_iter().next() {
        let attribute = K::ATTRIBUTE;
        let known = K::KNOWN.contains(&"name");
        let key = if known { "name" } else { K::KNOWN.first().copied().unwrap_or("key") };
        let message = format!("`{attribute}` takes no value without a key: write `{key} = {text}`");
        errors.push_error(syn::Error::new(text.span(), message));
        return keys;
    }
    let mut seen = Vec::new();
    let parser = syn::meta::parser(|meta| {
        if let Err(error) = parse_key(&mut keys, &mut seen, &meta) {
            errors.push_error(error);
            skip_value(meta.input)?;
        }
        Ok(())
    });
    if let Err(error) = parser.parse2(tokens) {
        errors.push_error(error);
    }
    keys
}

/// Parses the `=` after a key and returns the stream of its value.
pub(crate) fn value<'a>(meta: &ParseNestedMeta<'a>) -> Result<ParseStream<'a>> {
    if meta.input.peek(Token![=]) {
        return meta.value();
    }
    let key = path_text(&meta.path);
    Err(meta.error(format_args!("`{key}` needs a value: write `{key} = …`")))
}

fn parse_key<K: AttributeKeys>(
    keys: &mut K,
    seen: &mut Vec<&'static str>,
    meta: &ParseNestedMeta<'_>,
) -> Result<()> {
    let known = K::KNOWN.iter().find(|known| meta.path.is_ident(*known));
    let Some(known) = known else {
        return Err(unknown_key::<K>(meta));
    };
    if seen.contains(known) && !K::REPEATABLE.contains(known) {
        return Err(meta.error(format_args!("duplicate key `{known}`: remove one")));
    }
    seen.push(known);
    keys.set(known, meta)
}

fn unknown_key<K: AttributeKeys>(meta: &ParseNestedMeta<'_>) -> syn::Error {
    let key = path_text(&meta.path);
    let attribute = K::ATTRIBUTE;
    if let Some(advice) = K::advice(&key) {
        return meta.error(format_args!("`{attribute}` has no key `{key}`: {advice}"));
    }
    if let Some(similar) = most_similar(&key, K::KNOWN) {
        return meta
            .error(format_args!("`{attribute}` has no key `{key}`: did you mean `{similar}`?"));
    }
    let known: Vec<_> = K::KNOWN.iter().map(|known| format!("`{known}`")).collect();
    let known = known.join(", ");
    meta.error(format_args!("`{attribute}` has no key `{key}`, only {known}"))
}

fn path_text(path: &Path) -> String {
    let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    segments.join("::")
}

/// Skips a value that could not be parsed, up to the next comma.
fn skip_value(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
