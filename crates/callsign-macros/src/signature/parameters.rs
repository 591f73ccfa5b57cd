//! Classification of a function's parameters by the source of their values: the model, the agent,
//! the run or the call.

use syn::{
    Attribute, FnArg, Ident, Meta, Pat, PatType, Signature, Type, TypeReference, parse_quote,
};

use super::{by_reference, types};
use crate::errors::Errors;

/// A parameter, by the source of its value.
pub(crate) enum Parameter {
    /// An argument from the model.
    Argument(Argument),
    /// The agent's state of this type: `#[state]`.
    State(Type),
    /// The run's context value of this type: `#[context]`.
    RunContext(Type),
    /// The context of the call: `&Context`.
    CallContext,
}

/// A parameter that the model fills.
pub(crate) struct Argument {
    /// Its doc comments and its attributes for serde and schemars.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    /// The type that is decoded from JSON.
    pub(crate) ty: Type,
    /// Whether the function takes it by reference, as `&str`.
    pub(crate) by_reference: bool,
}

impl Argument {
    /// Returns its attributes for serde and schemars.
    pub(crate) fn serde(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| !attribute.path().is_ident("doc"))
    }
}

/// Returns the parameters that the model fills.
pub(crate) fn arguments(parameters: &[Parameter]) -> impl Iterator<Item = &Argument> {
    parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Argument(argument) => Some(argument),
        _ => None,
    })
}

/// An attribute that injects a parameter, with the messages for wrong uses.
struct Injection {
    /// The name of the attribute.
    attribute: &'static str,
    /// The name of the injected value, for messages.
    value: &'static str,
    /// The message for a type that is not a reference.
    owned: &'static str,
    /// The message for `&mut T`.
    mutable: &'static str,
    /// The message for `&impl Trait`.
    impl_trait: &'static str,
    /// The message for `&Context`.
    call_context: &'static str,
    parameter: fn(Type) -> Parameter,
}

const STATE: Injection = Injection {
    attribute: "state",
    value: "state",
    owned: "a tool takes state by reference: write `&T`",
    mutable: "concurrent calls share the state: write `&T`, with a `Mutex` inside if it changes",
    impl_trait: "state is looked up by its type: write the type, or `dyn Trait`",
    call_context: "the call's context is not state: remove `#[state]`",
    parameter: Parameter::State,
};

const CONTEXT: Injection = Injection {
    attribute: "context",
    value: "context values",
    owned: "a tool takes context values by reference: write `&T`, and pass the value to the run \
            by `.context(value)`",
    mutable: "concurrent calls share the context value: write `&T`, with a `Mutex` inside if it \
              changes",
    impl_trait: "context values are looked up by their type: write the type, or `dyn Trait`",
    call_context: "the call's own context needs no attribute: remove `#[context]`",
    parameter: Parameter::RunContext,
};

/// The attributes that inject a parameter.
pub(crate) const INJECTIONS: [&str; 2] = [STATE.attribute, CONTEXT.attribute];

/// Classifies the parameters, except a receiver. Removes the attributes that belong to `#[tool]`
/// from the signature, because the compiler does not accept them there.
pub(crate) fn classify(signature: &mut Signature, errors: &mut Errors) -> Vec<Parameter> {
    let parameters = signature.inputs.iter_mut().map(|input| match input {
        FnArg::Typed(typed) => classify_one(typed, errors),
        FnArg::Receiver(_) => None,
    });
    parameters.flatten().collect()
}

fn classify_one(parameter: &mut PatType, errors: &mut Errors) -> Option<Parameter> {
    let attributes = std::mem::take(&mut parameter.attrs);
    let (injections, rest) = partition(attributes, &INJECTIONS);
    let (removed, kept) = partition(rest, &["doc", "serde", "schemars"]);
    for attribute in &kept {
        if is_one_of(attribute, &["cfg", "cfg_attr"]) {
            errors.push(
                attribute,
                "a tool's parameters must not depend on the build: write the condition on the \
                 function",
            );
        }
    }
    parameter.attrs = kept;
    if let [injection, more @ ..] = &injections[..] {
        if let Some(more) = more.first() {
            errors.push(
                more,
                "a parameter has one source, `#[state]` or `#[context]`: remove one attribute",
            );
            return None;
        }
        return as_injected(injection, &removed, &parameter.ty, errors);
    }
    if is_context_reference(&parameter.ty) {
        reject_settings(&removed, "the context", errors);
        return Some(Parameter::CallContext);
    }
    as_argument(removed, parameter, errors)
}

fn as_injected(
    attribute: &Attribute,
    settings: &[Attribute],
    ty: &Type,
    errors: &mut Errors,
) -> Option<Parameter> {
    let injection = if attribute.path().is_ident(STATE.attribute) { STATE } else { CONTEXT };
    let name = injection.attribute;
    if !matches!(attribute.meta, Meta::Path(_)) {
        errors.push(
            attribute,
            format_args!("`#[{name}]` takes no arguments: the parameter's type selects the value"),
        );
    }
    reject_settings(settings, injection.value, errors);
    let Type::Reference(reference) = types::bare(ty) else {
        errors.push(ty, injection.owned);
        return None;
    };
    if reference.mutability.is_some() {
        errors.push(ty, injection.mutable);
    } else if types::is_context(&reference.elem) {
        errors.push(attribute, injection.call_context);
    } else if let Type::ImplTrait(hidden) = types::bare(&reference.elem) {
        errors.push(hidden, injection.impl_trait);
    } else {
        return Some((injection.parameter)(types::bare(&reference.elem).clone()));
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
        Type::Reference(reference) if is_str_reference(reference) => {
            Some(parse_quote!(::std::string::String))
        }
        ty => by_reference::check(ty, &by_reference::PARAMETER, errors).then(|| ty.clone()),
    };
    let Pat::Ident(name) = &*parameter.pat else {
        errors.push(
            &parameter.pat,
            "a tool's parameter needs a name, which the model uses: write a name, and \
             destructure the value in the body",
        );
        return None;
    };
    Some(Parameter::Argument(Argument {
        attributes,
        name: name.ident.clone(),
        by_reference: matches!(ty, Type::Reference(_)),
        ty: owned?,
    }))
}

fn is_str_reference(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    reference.mutability.is_none()
        && lifetime.is_none_or(|lifetime| lifetime.ident != "static")
        && types::is_str(&reference.elem)
}

fn is_context_reference(ty: &Type) -> bool {
    match types::bare(ty) {
        Type::Reference(reference) => {
            reference.mutability.is_none() && types::is_context(&reference.elem)
        }
        _ => false,
    }
}

/// Reports attributes for serde and schemars on a parameter that the model does not fill. Doc
/// comments are allowed there, for readers of the code.
fn reject_settings(settings: &[Attribute], value: &str, errors: &mut Errors) {
    for setting in settings {
        if !setting.path().is_ident("doc") {
            errors
                .push(setting, format_args!("the model never sees {value}: remove this attribute"));
        }
    }
}

/// Splits the attributes into those named in `names` and the others.
pub(crate) fn partition(
    attributes: Vec<Attribute>,
    names: &[&str],
) -> (Vec<Attribute>, Vec<Attribute>) {
    attributes.into_iter().partition(|attribute| is_one_of(attribute, names))
}

pub(crate) fn is_one_of(attribute: &Attribute, names: &[&str]) -> bool {
    names.iter().any(|name| attribute.path().is_ident(name))
}
