//! What a tool's signature, name and documentation must be like.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{GenericParam, ReturnType, Safety, Signature};

use super::attributes::Attributes;
use super::function::Function;
use super::{documentation, types};
use crate::errors::Errors;

/// Notes everything that keeps the function from being a tool.
pub(super) fn check(function: &Function, attributes: &Attributes, errors: &mut Errors) {
    let signature = &function.signature;
    check_kind(signature, errors);
    check_generics(signature, errors);
    check_returned(signature, errors);
    check_name(signature, attributes, errors);
    if !documentation::is_present(&function.attributes) {
        errors.push(
            &signature.ident,
            "a tool needs a doc comment: it is the description that the model reads",
        );
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
    if let ReturnType::Type(_, ty) = &signature.output
        && signature.generics.params.is_empty()
        && let Some(borrowed) = types::borrowed(ty)
    {
        errors.push(
            borrowed,
            "a tool's result owns its data, as it outlives the call: write `String` for `&str`, \
             and clone what is the agent's",
        );
    }
}

fn check_name(signature: &Signature, attributes: &Attributes, errors: &mut Errors) {
    let (name, place): (String, Span) = match &attributes.name {
        Some(name) => (name.value(), name.span()),
        None => (signature.ident.unraw().to_string(), signature.ident.span()),
    };
    let is_valid = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_valid {
        let instead = match attributes.name {
            Some(_) => "",
            None => "; give it one with `#[tool(name = \"…\")]`",
        };
        errors.push_at(
            place,
            format_args!(
                "a tool's name is 1 to 64 letters, digits, `_` and `-`, all of ASCII{instead}"
            ),
        );
    }
}
