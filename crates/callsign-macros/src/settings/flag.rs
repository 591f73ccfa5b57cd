//! What is said with its place.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Lit, Result, Token};

/// What was said, and where.
#[derive(Clone, Copy)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) place: Span,
}

impl<T> Said<T> {
    /// What stands behind this key.
    pub(crate) fn by(meta: &ParseNestedMeta<'_>, value: T) -> Self {
        Self { value, place: meta.path.span() }
    }
}

/// Takes a flag: alone, or `= false`, which takes back what the block says.
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> Result<Said<bool>> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(Said::by(meta, true));
    }
    if meta.input.peek(Token![=]) {
        let fork = meta.input.fork();
        fork.parse::<Token![=]>()?;
        if let Ok(Lit::Bool(value)) = fork.parse::<Lit>()
            && !value.value
        {
            meta.value()?.parse::<Lit>()?;
            return Ok(Said::by(meta, false));
        }
    }
    Err(meta.error("this is a flag: write it alone, or leave it out"))
}
