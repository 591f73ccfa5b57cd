//! Doc comments, which reach a macro as `#[doc = …]`.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of a line of documentation; `#[doc(hidden)]` and its like have none.
pub(crate) fn text(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => Some(&pair.value),
        _ => None,
    }
}

/// Whether these attributes say anything. What `include_str!` and its like bring is not known
/// yet, and is taken to be something.
pub(crate) fn is_present(attributes: &[Attribute]) -> bool {
    attributes.iter().filter_map(text).any(|text| match text {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => !text.value().trim().is_empty(),
        _ => true,
    })
}
