//! What keeps a block's methods from being tools.

use syn::{GenericParam, ReceiverKind, Signature, Type};

use super::attributes::Attributes;
use super::block::Block;
use super::method::Method;
use crate::errors::Errors;
use crate::signature::parameters::arguments;
use crate::signature::{types, valid};

/// Notes all of it.
pub(super) fn check(
    block: &Block,
    attributes: &Attributes,
    methods: &[Method],
    errors: &mut Errors,
) {
    check_block(block, errors);
    if methods.is_empty() {
        errors.push(
            &block.ty,
            "no method of this block is a tool: write `#[tool]` above each that the model may call",
        );
    }
    attributes.settings.check(errors);
    let generic = generic_words(block);
    for (at, method) in methods.iter().enumerate() {
        check_method(method, errors);
        check_arguments(method, &generic, errors);
        // Of two that are built under conditions, there may be one at a time.
        let is_same = |other: &Method| {
            other.name.text == method.name.text
                && (other.conditions.is_empty() || method.conditions.is_empty())
        };
        if methods[..at].iter().any(is_same) {
            let name = &method.name.text;
            errors.push_at(
                method.name.place,
                format_args!(
                    "another tool of this block is called `{name}` already: give this one a name \
                     of its own"
                ),
            );
        }
    }
}

fn check_block(block: &Block, errors: &mut Errors) {
    if let Some(implemented) = &block.implemented {
        errors.push(
            implemented,
            "tools are methods of a type's own: write an `impl` block without a trait, whose \
             methods call the trait's",
        );
    }
    for parameter in &block.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.push(
                lifetime,
                "a value whose methods are tools owns its data, as the agent keeps it: leave the \
                 lifetime out, and put what is shared into an `Arc`",
            );
        }
    }
}

fn check_method(method: &Method, errors: &mut Errors) {
    check_receiver(&method.signature, errors);
    valid::check(&method.signature, errors);
    valid::check_documentation(&method.signature.ident, &method.documentation, errors);
    method.name.check(errors);
    method.attributes.check(&method.parameters, errors);
    if let Some(krate) = &method.attributes.krate {
        errors.push(krate, "the crate is the block's: write `#[toolset(crate = …)]`");
    }
}

fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else { return };
    let message = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(_, _, Some(_)) => {
            "a tool's calls run beside each other and share the value: write `&self`, with a \
             `Mutex` in the value if it changes"
        }
        ReceiverKind::Typed(_, ty) if is_lent_self(ty) => return,
        _ => "a tool is called more than once, and its value stays the agent's: write `&self`",
    };
    errors.push(receiver, message);
}

fn is_lent_self(ty: &Type) -> bool {
    let Type::Reference(reference) = types::bare(ty) else { return false };
    let is_self =
        matches!(types::bare(&reference.elem), Type::Path(path) if path.path.is_ident("Self"));
    reference.mutability.is_none() && is_self
}

/// The words that mean something in the block only.
fn generic_words(block: &Block) -> Vec<String> {
    let parameters = block.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(ty) => Some(ty.ident.to_string()),
        GenericParam::Const(number) => Some(number.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    });
    parameters.chain(["Self".to_owned()]).collect()
}

/// Notes arguments with attributes of serde's whose types mean something in the block only: the
/// struct that serde reads stands outside of it.
fn check_arguments(method: &Method, generic: &[String], errors: &mut Errors) {
    for argument in arguments(&method.parameters) {
        if let Some(attribute) = argument.serde().next()
            && types::mentions(&argument.ty, generic)
        {
            errors.push(
                attribute,
                "this goes on arguments whose type is the same in every block: name the type in \
                 full, without `Self` and without the block's parameters",
            );
        }
    }
}
