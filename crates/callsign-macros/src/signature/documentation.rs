//! Doc comments, which a macro receives as `#[doc = …]`.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the text of a line of documentation, or `None` for attributes such as `#[doc(hidden)]`.
pub(crate) fn text(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => Some(&pair.value),
        _ => None,
    }
}

/// Returns whether the attributes contain documentation. The text of `include_str!` and other
/// macros is not known yet, so it counts as documentation.
pub(crate) fn is_present(attributes: &[Attribute]) -> bool {
    attributes.iter().filter_map(text).any(|text| match text {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => !text.value().trim().is_empty(),
        _ => true,
    })
}
