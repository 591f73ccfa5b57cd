//! Spans of the value type and the error type in a return type.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{GenericArgument, ReturnType, Signature, Type};

use super::types;

/// The spans at which the compiler reports an unsuitable value type or error type.
pub(crate) struct ReturnSpans {
    pub(crate) value: Span,
    pub(crate) error: Span,
}

/// Returns the spans in `signature`. A type alias is treated as a `Result` only if it has that name.
pub(crate) fn return_spans(signature: &Signature) -> ReturnSpans {
    let ReturnType::Type(_, ty) = &signature.output else {
        let name = signature.ident.span();
        return ReturnSpans { value: name, error: name };
    };
    let whole = ty.span();
    let mut spans = ReturnSpans { value: whole, error: whole };
    if let Type::Path(path) = types::bare(ty)
        && path.path.segments.last().is_some_and(|last| last.ident == "Result")
    {
        let mut types = types::arguments(path).filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty.span()),
            _ => None,
        });
        spans.value = types.next().unwrap_or(whole);
        spans.error = types.next().unwrap_or(whole);
    }
    spans
}
