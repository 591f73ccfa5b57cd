//! Where a return type says what the model hears.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{GenericArgument, ReturnType, Signature, Type};

use super::types;

/// The places in the return type that complaints about a value and about an error point at.
pub(crate) struct Places {
    pub(crate) value: Span,
    pub(crate) error: Span,
}

/// The places in this signature. An alias of `Result` is known by its name only.
pub(crate) fn places(signature: &Signature) -> Places {
    let ReturnType::Type(_, ty) = &signature.output else {
        let name = signature.ident.span();
        return Places { value: name, error: name };
    };
    let whole = ty.span();
    let mut places = Places { value: whole, error: whole };
    if let Type::Path(path) = types::bare(ty)
        && path.path.segments.last().is_some_and(|last| last.ident == "Result")
    {
        let mut types = types::arguments(path).filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty.span()),
            _ => None,
        });
        places.value = types.next().unwrap_or(whole);
        places.error = types.next().unwrap_or(whole);
    }
    places
}
