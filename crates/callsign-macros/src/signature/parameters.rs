//! A function's parameters, sorted by who fills them: the model, the agent, the run or the call.

use syn::{
    Attribute, FnArg, Ident, Meta, Pat, PatType, Signature, Type, TypeReference, parse_quote,
};

use super::{owned, types};
use crate::errors::Errors;

/// A parameter, by who fills it.
pub(crate) enum Parameter {
    /// The model.
    Argument(Argument),
    /// The agent, with its state of this type.
    State(Type),
    /// The run, with the value of this type that it was given.
    Given(Type),
    /// The call itself, with its context.
    Context,
}

/// A parameter that the model fills.
pub(crate) struct Argument {
    /// Its documentation, and what it says to serde and schemars.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    /// The type that is read from JSON.
    pub(crate) ty: Type,
    /// Whether the function takes it by reference.
    pub(crate) lent: bool,
}

impl Argument {
    /// What it says to serde and schemars.
    pub(crate) fn serde(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| !attribute.path().is_ident("doc"))
    }
}

/// The parameters that the model fills.
pub(crate) fn arguments(parameters: &[Parameter]) -> impl Iterator<Item = &Argument> {
    parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Argument(argument) => Some(argument),
        _ => None,
    })
}

/// Who, beside the model, fills a parameter that says so.
struct Source {
    /// The attribute's word.
    attribute: &'static str,
    /// What the model never sees.
    what: &'static str,
    /// What is not lent to the call as `&T`.
    owned: &'static str,
    /// What is lent as `&mut T`.
    changed: &'static str,
    /// What is lent as `&impl Trait`.
    hidden: &'static str,
    /// What is the call's context.
    context: &'static str,
    parameter: fn(Type) -> Parameter,
}

const STATE: Source = Source {
    attribute: "state",
    what: "state",
    owned: "state is lent to the call: write `&T`",
    changed: "state is shared by all calls: write `&T`, with a `Mutex` in it if it changes",
    hidden: "state is found by its type: name the type, or write `dyn Trait`",
    context: "a call's context is no state: leave `#[state]` out",
    parameter: Parameter::State,
};

const CONTEXT: Source = Source {
    attribute: "context",
    what: "what a run is given",
    owned: "what a run is given is lent to the call: write `&T`, which `.with(value)` gives to \
            the run",
    changed: "what a run is given is shared by all its calls: write `&T`, with a `Mutex` in it \
              if it changes",
    hidden: "what a run is given is found by its type: name the type, or write `dyn Trait`",
    context: "a call's own context comes by itself: leave `#[context]` out",
    parameter: Parameter::Given,
};

/// The attributes that say who fills a parameter.
pub(crate) const MARKS: [&str; 2] = [STATE.attribute, CONTEXT.attribute];

/// Sorts the parameters, and takes from the signature the attributes that are not the function's.
/// A receiver is left to others.
pub(crate) fn sort(signature: &mut Signature, errors: &mut Errors) -> Vec<Parameter> {
    let sorted = signature.inputs.iter_mut().map(|input| match input {
        FnArg::Typed(typed) => sort_one(typed, errors),
        FnArg::Receiver(_) => None,
    });
    sorted.flatten().collect()
}

fn sort_one(parameter: &mut PatType, errors: &mut Errors) -> Option<Parameter> {
    let attributes = std::mem::take(&mut parameter.attrs);
    let (marks, rest): (Vec<_>, Vec<_>) = partition(attributes, &MARKS);
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
    if let [mark, more @ ..] = &marks[..] {
        if let Some(more) = more.first() {
            errors.push(
                more,
                "one source fills a parameter, the agent by `#[state]` or the run by \
                 `#[context]`: leave one out",
            );
            return None;
        }
        return as_lent(mark, &ours, &parameter.ty, errors);
    }
    if is_lent_context(&parameter.ty) {
        refuse_settings(&ours, "the context", errors);
        return Some(Parameter::Context);
    }
    as_argument(ours, parameter, errors)
}

fn as_lent(
    mark: &Attribute,
    settings: &[Attribute],
    ty: &Type,
    errors: &mut Errors,
) -> Option<Parameter> {
    let source = if mark.path().is_ident(STATE.attribute) { STATE } else { CONTEXT };
    let name = source.attribute;
    if !matches!(mark.meta, Meta::Path(_)) {
        errors.push(
            mark,
            format_args!("`#[{name}]` stands alone: the parameter's type says what is meant"),
        );
    }
    refuse_settings(settings, source.what, errors);
    let Type::Reference(reference) = types::bare(ty) else {
        errors.push(ty, source.owned);
        return None;
    };
    if reference.mutability.is_some() {
        errors.push(ty, source.changed);
    } else if types::is_context(&reference.elem) {
        errors.push(mark, source.context);
    } else if let Type::ImplTrait(hidden) = types::bare(&reference.elem) {
        errors.push(hidden, source.hidden);
    } else {
        return Some((source.parameter)(types::bare(&reference.elem).clone()));
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
        ty => owned::check(ty, &owned::PARAMETER, errors).then(|| ty.clone()),
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

pub(crate) fn partition(
    attributes: Vec<Attribute>,
    names: &[&str],
) -> (Vec<Attribute>, Vec<Attribute>) {
    attributes.into_iter().partition(|attribute| is_one_of(attribute, names))
}

pub(crate) fn is_one_of(attribute: &Attribute, names: &[&str]) -> bool {
    names.iter().any(|name| attribute.path().is_ident(name))
}
