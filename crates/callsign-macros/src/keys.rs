//! `key`, `key = value`: the inside of an attribute, read on past each mistake.

use proc_macro2::{TokenStream, TokenTree};
use syn::meta::ParseNestedMeta;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Result, Token};

use crate::errors::Errors;
use crate::names::nearest;

/// Attributes that are filled key by key.
pub(crate) trait Keys {
    /// The attribute as the user writes it, for messages.
    const ATTRIBUTE: &'static str;
    /// The keys that it takes.
    const KNOWN: &'static [&'static str];
    /// Those of them that may be given several times.
    const REPEATED: &'static [&'static str] = &[];

    /// Takes the value of one of the known keys.
    fn take(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()>;

    /// What to do instead of writing this unknown key, where that can be said.
    fn advice(_key: &str) -> Option<&'static str> {
        None
    }
}

/// Reads the inside of an attribute.
pub(crate) fn read<K: Keys + Default>(tokens: TokenStream, errors: &mut Errors) -> K {
    let mut keys = K::default();
    if let Some(TokenTree::Literal(text)) = tokens.clone().into_iter().next() {
        let attribute = K::ATTRIBUTE;
        let known = K::KNOWN.contains(&"name");
        let key = if known { "name" } else { K::KNOWN.first().copied().unwrap_or("key") };
        let message = format!("`{attribute}` takes no value alone: write `{key} = {text}`");
        errors.absorb(syn::Error::new(text.span(), message));
        return keys;
    }
    let mut seen = Vec::new();
    let parser = syn::meta::parser(|meta| {
        if let Err(error) = read_one(&mut keys, &mut seen, &meta) {
            errors.absorb(error);
            skip_value(meta.input)?;
        }
        Ok(())
    });
    if let Err(error) = parser.parse2(tokens) {
        errors.absorb(error);
    }
    keys
}

/// Goes on to the value of a key.
pub(crate) fn value<'a>(meta: &ParseNestedMeta<'a>) -> Result<ParseStream<'a>> {
    if meta.input.peek(Token![=]) {
        return meta.value();
    }
    let key = written(&meta.path);
    Err(meta.error(format_args!("`{key}` needs a value: `{key} = …`")))
}

fn read_one<K: Keys>(
    keys: &mut K,
    seen: &mut Vec<&'static str>,
    meta: &ParseNestedMeta<'_>,
) -> Result<()> {
    let known = K::KNOWN.iter().find(|known| meta.path.is_ident(*known));
    let Some(known) = known else {
        return Err(unknown::<K>(meta));
    };
    if seen.contains(known) && !K::REPEATED.contains(known) {
        return Err(meta.error(format_args!("`{known}` is given twice")));
    }
    seen.push(known);
    keys.take(known, meta)
}

fn unknown<K: Keys>(meta: &ParseNestedMeta<'_>) -> syn::Error {
    let key = written(&meta.path);
    let attribute = K::ATTRIBUTE;
    if let Some(advice) = K::advice(&key) {
        return meta.error(format_args!("`{attribute}` has no `{key}`: {advice}"));
    }
    if let Some(meant) = nearest(&key, K::KNOWN) {
        return meta.error(format_args!("`{attribute}` has no `{key}`: did you mean `{meant}`?"));
    }
    let known: Vec<_> = K::KNOWN.iter().map(|known| format!("`{known}`")).collect();
    let known = known.join(", ");
    meta.error(format_args!("`{attribute}` takes {known}"))
}

fn written(path: &Path) -> String {
    let words: Vec<_> = path.segments.iter().map(|word| word.ident.to_string()).collect();
    words.join("::")
}

/// Goes on to the comma after a value that could not be read.
fn skip_value(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
