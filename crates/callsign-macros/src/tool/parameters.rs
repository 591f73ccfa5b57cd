//! A function's parameters, sorted by who fills them: the model, the agent or the call.

use syn::{
    Attribute, FnArg, Ident, Meta, Pat, PatType, Signature, Type, TypeReference, parse_quote,
};

use super::{owned, types};
use crate::errors::Errors;

/// A parameter, by who fills it.
pub(super) enum Parameter {
    /// The model.
    Argument(Argument),
    /// The agent, with its state of this type.
    State(Type),
    /// The call itself, with its context.
    Context,
}

/// A parameter that the model fills.
pub(super) struct Argument {
    /// Its documentation, and what it says to serde and schemars.
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    /// The type that is read from JSON.
    pub(super) ty: Type,
    /// Whether the function takes it by reference.
    pub(super) lent: bool,
}

/// Sorts the parameters, and takes from the signature the attributes that are not the function's.
pub(super) fn sort(signature: &mut Signature, errors: &mut Errors) -> Vec<Parameter> {
    let sorted = signature.inputs.iter_mut().map(|input| match input {
        FnArg::Typed(typed) => sort_one(typed, errors),
        FnArg::Receiver(receiver) => {
            errors.push(
                receiver,
                "a method can't be a tool: write a function that takes the value as \
                 `#[state] value: &T`",
            );
            None
        }
    });
    sorted.flatten().collect()
}

fn sort_one(parameter: &mut PatType, errors: &mut Errors) -> Option<Parameter> {
    let attributes = std::mem::take(&mut parameter.attrs);
    let (states, rest): (Vec<_>, Vec<_>) = partition(attributes, &["state"]);
    let (ours, theirs) = partition(rest, &["doc", "serde", "schemars"]);
    for attribute in &theirs {
        if is_one_of(attribute, &["cfg", "cfg_attr"]) {
            errors.push(
                attribute,
                "a tool's parameters are the same in every build: put the condition on the \
                 function",
            );
        }
    }
    parameter.attrs = theirs;
    if let Some(state) = states.first() {
        return as_state(state, &ours, &parameter.ty, errors);
    }
    if is_lent_context(&parameter.ty) {
        refuse_settings(&ours, "the context", errors);
        return Some(Parameter::Context);
    }
    as_argument(ours, parameter, errors)
}

fn as_state(
    state: &Attribute,
    settings: &[Attribute],
    ty: &Type,
    errors: &mut Errors,
) -> Option<Parameter> {
    if !matches!(state.meta, Meta::Path(_)) {
        errors.push(state, "`#[state]` stands alone: the parameter's type says which state");
    }
    refuse_settings(settings, "state", errors);
    let Type::Reference(reference) = types::bare(ty) else {
        errors.push(ty, "state is lent to the call: write `&T`");
        return None;
    };
    if reference.mutability.is_some() {
        errors.push(
            ty,
            "state is shared by all calls: write `&T`, with a `Mutex` in it if it changes",
        );
    } else if types::is_context(&reference.elem) {
        errors.push(state, "a call's context is no state: leave `#[state]` out");
    } else if let Type::ImplTrait(hidden) = types::bare(&reference.elem) {
        errors.push(hidden, "state is found by its type: name the type, or write `dyn Trait`");
    } else {
        return Some(Parameter::State(types::bare(&reference.elem).clone()));
    }
    None
}

fn as_argument(
    attributes: Vec<Attribute>,
    parameter: &PatType,
    errors: &mut Errors,
) -> Option<Parameter> {
    let ty = types::bare(&parameter.ty);
    let owned = match ty {
        Type::Reference(reference) if is_lent_text(reference) => {
            Some(parse_quote!(::std::string::String))
        }
        ty => owned::check(ty, errors).then(|| ty.clone()),
    };
    let Pat::Ident(name) = &*parameter.pat else {
        errors.push(
            &parameter.pat,
            "a tool's parameter needs a name, by which the model fills it: take it apart in the \
             body",
        );
        return None;
    };
    Some(Parameter::Argument(Argument {
        attributes,
        name: name.ident.clone(),
        lent: matches!(ty, Type::Reference(_)),
        ty: owned?,
    }))
}

fn is_lent_text(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    reference.mutability.is_none()
        && lifetime.is_none_or(|lifetime| lifetime.ident != "static")
        && types::is_str(&reference.elem)
}

fn is_lent_context(ty: &Type) -> bool {
    match types::bare(ty) {
        Type::Reference(reference) => {
            reference.mutability.is_none() && types::is_context(&reference.elem)
        }
        _ => false,
    }
}

/// Documentation of such a parameter is for the reader of the code; settings would do nothing.
fn refuse_settings(settings: &[Attribute], what: &str, errors: &mut Errors) {
    for setting in settings {
        if !setting.path().is_ident("doc") {
            errors.push(setting, format_args!("the model never sees {what}: leave this out"));
        }
    }
}

fn partition(attributes: Vec<Attribute>, names: &[&str]) -> (Vec<Attribute>, Vec<Attribute>) {
    attributes.into_iter().partition(|attribute| is_one_of(attribute, names))
}

fn is_one_of(attribute: &Attribute, names: &[&str]) -> bool {
    names.iter().any(|name| attribute.path().is_ident(name))
}
