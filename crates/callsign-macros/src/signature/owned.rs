//! Arguments own their data: the JSON that they are read from does not outlive its reading.

use syn::{Type, TypeReference};

use super::types::{self, Part};
use crate::errors::Errors;

/// Whether a value of this type can be read from JSON and handed over.
pub(crate) fn check(ty: &Type, errors: &mut Errors) -> bool {
    if types::is_context(ty) {
        errors.push(ty, "a call's context is lent to it: write `&Context`");
        return false;
    }
    let fault = types::find(ty, &|part| match part {
        Part::Type(Type::Reference(reference)) => Some((part, advice(reference))),
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
fn advice(reference: &TypeReference) -> String {
    let owned = match types::bare(&reference.elem) {
        text if types::is_str(text) => "String".to_owned(),
        Type::Slice(slice) => match types::bare(&slice.elem) {
            Type::Path(path) => match path.path.get_ident() {
                Some(name) => format!("Vec<{name}>"),
                None => "Vec<_>".to_owned(),
            },
            _ => "Vec<_>".to_owned(),
        },
        _ => {
            return "an argument owns its data: write the type without `&`, or mark the \
                    parameter `#[state]` if it is the agent's and `#[context]` if it is the run's"
                .to_owned();
        }
    };
    format!("an argument owns its data: write `{owned}`")
}
