//! Validation of signatures and documentation.

use proc_macro2::Ident;
use syn::{Attribute, GenericParam, ReturnType, Safety, Signature, Type};

use super::{documentation, types};
use crate::errors::Errors;

/// Reports everything in the signature that prevents a function or a method from being a tool.
pub(crate) fn check(signature: &Signature, errors: &mut Errors) {
    check_kind(signature, errors);
    check_generics(signature, errors);
    check_returned(signature, errors);
}

/// Reports a missing doc comment, without which the model has no description.
pub(crate) fn check_documentation(item: &Ident, attributes: &[Attribute], errors: &mut Errors) {
    if !documentation::is_present(attributes) {
        errors.push(item, "a tool needs a doc comment: it is the description for the model");
    }
}

fn check_kind(signature: &Signature, errors: &mut Errors) {
    if let Safety::Unsafe(keyword) = &signature.safety {
        errors.push(
            keyword,
            "a tool can't be `unsafe`, because a model can't uphold its contract: wrap it in a safe \
             function",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, "a tool is called from Rust: remove `extern`, or wrap the function");
    }
    if let Some(variadic) = &signature.variadic {
        errors
            .push(variadic.dots, "a tool takes its arguments by name: write a `Vec<T>` parameter");
    }
}

fn check_generics(signature: &Signature, errors: &mut Errors) {
    for parameter in &signature.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                "a tool can't have lifetime parameters: write owned types, or references without \
                 a named lifetime"
            }
            GenericParam::Type(_) | GenericParam::Const(_) => {
                "a tool can't be generic, because a model can't choose types: write a function \
                 with concrete types that calls this one"
            }
        };
        errors.push(parameter, message);
    }
}

fn check_returned(signature: &Signature, errors: &mut Errors) {
    // Named lifetimes are reported at their declaration.
    let ReturnType::Type(_, ty) = &signature.output else { return };
    if !signature.generics.params.is_empty() {
        return;
    }
    if let Some(future) = types::future(ty) {
        errors.push(
            future,
            "a tool can't return a future: write `async fn`, and return the future's output",
        );
    } else if let Type::ImplTrait(hidden) = types::bare(ty) {
        errors.push(
            hidden,
            "a tool's result is serialized to JSON, so it can't be `impl Trait`: write the type",
        );
    } else if let Some(borrowed) = types::borrowed(ty) {
        errors.push(
            borrowed,
            "a tool's result must own its data, because it outlives the call: write `String` \
             instead of `&str`, and clone state",
        );
    }
}
