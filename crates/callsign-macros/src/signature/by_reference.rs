//! Check that an argument's type owns its data, because it is decoded from JSON.

use syn::{Type, TypeReference};

use super::types::{self, Part};
use crate::errors::Errors;

/// Messages about types that can't be arguments, which differ for parameters and fields.
pub(crate) struct Messages {
    pub(crate) context: &'static str,
    pub(crate) reference: &'static str,
}

pub(crate) const PARAMETER: Messages = Messages {
    context: "a tool takes its context by reference: write `&Context`",
    reference: "an argument must own its data: write the type without `&`; for the agent's state \
                write `#[state]`, for a context value of the run `#[context]`",
};

pub(crate) const FIELD: Messages = Messages {
    context: "a field is an argument: take the context in `call`, as `context: &Context`",
    reference: "an argument must own its data: write the type without `&`; for the agent's state, \
                write `context.state::<T>()` in `call`",
};

/// Reports a type that can't be an argument. Returns whether it can.
pub(crate) fn check(ty: &Type, messages: &Messages, errors: &mut Errors) -> bool {
    let is_context_reference =
        |ty: &Type| matches!(ty, Type::Reference(reference) if types::is_context(&reference.elem));
    if types::is_context(ty) || is_context_reference(ty) {
        errors.push(ty, messages.context);
        return false;
    }
    let error = types::find(ty, &|part| match part {
        Part::Type(Type::Reference(reference)) => Some((part, advice(reference, messages))),
        // Named lifetimes are reported at their declaration.
        Part::Lifetime(lifetime) if lifetime.ident == "_" => Some((
            part,
            "an argument must own its data: write `'static`, or a type without a lifetime"
                .to_owned(),
        )),
        Part::Type(Type::ImplTrait(_)) => Some((
            part,
            "an argument is decoded from JSON, so it can't be `impl Trait`: write the type"
                .to_owned(),
        )),
        _ => None,
    });
    match error {
        Some((Part::Type(ty), message)) => errors.push(ty, message),
        Some((Part::Lifetime(lifetime), message)) => errors.push(lifetime, message),
        None => return true,
    }
    false
}

/// Returns the message for a reference: which owned type to write instead.
fn advice(reference: &TypeReference, messages: &Messages) -> String {
    let owned = match types::bare(&reference.elem) {
        text if types::is_str(text) => "String".to_owned(),
        Type::Slice(slice) => match types::bare(&slice.elem) {
            Type::Path(path) => match path.path.get_ident() {
                Some(name) => format!("Vec<{name}>"),
                None => "Vec<_>".to_owned(),
            },
            _ => "Vec<_>".to_owned(),
        },
        _ => return messages.reference.to_owned(),
    };
    format!("an argument must own its data: write `{owned}`")
}
