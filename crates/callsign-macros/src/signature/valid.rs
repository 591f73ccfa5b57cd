//! What a tool's signature, name and documentation must be like.

use proc_macro2::Ident;
use syn::{Attribute, GenericParam, ReturnType, Safety, Signature, Type};

use super::{documentation, types};
use crate::errors::Errors;

/// Notes everything that keeps a function or a method of this signature from being a tool.
pub(crate) fn check(signature: &Signature, errors: &mut Errors) {
    check_kind(signature, errors);
    check_generics(signature, errors);
    check_returned(signature, errors);
}

/// Notes where the model would have to guess what the tool does.
pub(crate) fn check_documentation(item: &Ident, attributes: &[Attribute], errors: &mut Errors) {
    if !documentation::is_present(attributes) {
        errors.push(item, "a tool needs a doc comment: it is the description that the model reads");
    }
}

fn check_kind(signature: &Signature, errors: &mut Errors) {
    if let Safety::Unsafe(keyword) = &signature.safety {
        errors.push(
            keyword,
            "a tool can't be `unsafe`, as no model keeps a promise: wrap it in a safe function",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, "a tool is called from Rust: leave `extern` out, or wrap the function");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(
            variadic.dots,
            "a tool takes its arguments by name: write a `Vec<T>` for any number of them",
        );
    }
}

fn check_generics(signature: &Signature, errors: &mut Errors) {
    for parameter in &signature.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                "a tool has no lifetime parameters: arguments and results own their data, and \
                 what is lent to the call needs no name"
            }
            GenericParam::Type(_) | GenericParam::Const(_) => {
                "a tool can't be generic, as the model calls one function: write one that names \
                 the type and calls this one"
            }
        };
        errors.push(parameter, message);
    }
}

fn check_returned(signature: &Signature, errors: &mut Errors) {
    // A named lifetime was complained about where it is declared.
    let ReturnType::Type(_, ty) = &signature.output else { return };
    if !signature.generics.params.is_empty() {
        return;
    }
    if let Some(future) = types::future(ty) {
        errors.push(
            future,
            "a tool that waits is an `async fn`: write `async fn`, and return what the future \
             is of",
        );
    } else if let Type::ImplTrait(hidden) = types::bare(ty) {
        errors.push(hidden, "a tool's result is written as JSON: name its type");
    } else if let Some(borrowed) = types::borrowed(ty) {
        errors.push(
            borrowed,
            "a tool's result owns its data, as it outlives the call: write `String` for `&str`, \
             and clone what is the agent's",
        );
    }
}
