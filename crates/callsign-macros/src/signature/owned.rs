//! Arguments own their data: the JSON that they are read from does not outlive its reading.

use syn::{Type, TypeReference};

use super::types::{self, Part};
use crate::errors::Errors;

/// What to do with something that is not the model's, in a parameter and in a field.
pub(crate) struct Elsewhere {
    pub(crate) context: &'static str,
    pub(crate) reference: &'static str,
}

pub(crate) const PARAMETER: Elsewhere = Elsewhere {
    context: "a call's context is lent to it: write `&Context`",
    reference: "an argument owns its data: write the type without `&`, or mark the parameter \
                `#[state]` if it is the agent's, `#[context]` if it is the run's",
};

pub(crate) const FIELD: Elsewhere = Elsewhere {
    context: "a field is an argument: `call` takes the context, as `context: &Context`",
    reference: "an argument owns its data: write the type without `&`; what is the agent's is \
                had in `call`, by `context.get::<T>()`",
};

/// Whether a value of this type can be read from JSON and handed over.
pub(crate) fn check(ty: &Type, elsewhere: &Elsewhere, errors: &mut Errors) -> bool {
    let is_lent =
        |ty: &Type| matches!(ty, Type::Reference(reference) if types::is_context(&reference.elem));
    if types::is_context(ty) || is_lent(ty) {
        errors.push(ty, elsewhere.context);
        return false;
    }
    let fault = types::find(ty, &|part| match part {
        Part::Type(Type::Reference(reference)) => Some((part, advice(reference, elsewhere))),
        // Named ones are complained about where they are declared.
        Part::Lifetime(lifetime) if lifetime.ident == "_" => Some((
            part,
            "an argument owns its data: write `'static` here, or a type without a lifetime"
                .to_owned(),
        )),
        Part::Type(Type::ImplTrait(_)) => Some((
            part,
            "an argument is read from JSON, which `impl Trait` can't be: name the type".to_owned(),
        )),
        _ => None,
    });
    match fault {
        Some((Part::Type(ty), message)) => errors.push(ty, message),
        Some((Part::Lifetime(lifetime), message)) => errors.push(lifetime, message),
        None => return true,
    }
    false
}

/// What to write in place of a reference.
fn advice(reference: &TypeReference, elsewhere: &Elsewhere) -> String {
    let owned = match types::bare(&reference.elem) {
        text if types::is_str(text) => "String".to_owned(),
        Type::Slice(slice) => match types::bare(&slice.elem) {
            Type::Path(path) => match path.path.get_ident() {
                Some(name) => format!("Vec<{name}>"),
                None => "Vec<_>".to_owned(),
            },
            _ => "Vec<_>".to_owned(),
        },
        _ => return elsewhere.reference.to_owned(),
    };
    format!("an argument owns its data: write `{owned}`")
}
