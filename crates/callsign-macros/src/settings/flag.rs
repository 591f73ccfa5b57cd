//! Values with the span of their key, and flags.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Lit, Result, Token};

/// A value and the span of its key.
#[derive(Clone, Copy)]
pub(crate) struct WithSpan<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T> WithSpan<T> {
    /// Creates the value of the key of `meta`.
    pub(crate) fn new(meta: &ParseNestedMeta<'_>, value: T) -> Self {
        Self { value, span: meta.path.span() }
    }
}

/// Parses a flag: the key alone, or `= false`, which overrides the block's setting.
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> Result<WithSpan<bool>> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(WithSpan::new(meta, true));
    }
    if meta.input.peek(Token![=]) {
        let fork = meta.input.fork();
        fork.parse::<Token![=]>()?;
        if let Ok(Lit::Bool(value)) = fork.parse::<Lit>()
            && !value.value
        {
            meta.value()?.parse::<Lit>()?;
            return Ok(WithSpan::new(meta, false));
        }
    }
    Err(meta.error("a flag takes no value: write the key alone, or `= false`"))
}
