//! Validation of a block under `#[toolset]`.

use syn::{GenericParam, ReceiverKind, Signature, Type};

use super::attributes::ToolsetAttributes;
use super::block::Block;
use super::method::Method;
use crate::errors::Errors;
use crate::signature::parameters::arguments;
use crate::signature::{types, valid};

/// Reports everything that prevents the methods from being tools.
pub(super) fn check(
    block: &Block,
    attributes: &ToolsetAttributes,
    methods: &[Method],
    errors: &mut Errors,
) {
    check_block(block, errors);
    if let (Some(part), false) = (&attributes.part, block.generics.params.is_empty()) {
        errors.push(part, "a generic type has one block with tools: move the methods into it");
    }
    if methods.is_empty() {
        errors.push(
            &block.ty,
            "this block has no tools: write `#[tool]` above each method that the model may call",
        );
    }
    attributes.settings.check(errors);
    let generic = block_names(block);
    for (at, method) in methods.iter().enumerate() {
        check_method(method, errors);
        check_arguments(method, &generic, errors);
        // Two methods with `#[cfg(…)]` can have the same name if only one of them is compiled.
        let is_duplicate = |other: &Method| {
            other.name.text == method.name.text && (other.cfg.is_empty() || method.cfg.is_empty())
        };
        if methods[..at].iter().any(is_duplicate) {
            let name = &method.name.text;
            errors.push_at(
                method.name.span,
                format_args!(
                    "duplicate tool name `{name}` in this block: set another by \
                     `#[tool(name = \"…\")]`"
                ),
            );
        }
    }
}

fn check_block(block: &Block, errors: &mut Errors) {
    if let Some(implemented_trait) = &block.implemented_trait {
        errors.push(
            implemented_trait,
            "a trait implementation can't be a toolset: write an `impl` block without a trait, \
             with methods that call the trait's",
        );
    }
    for parameter in &block.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.push(
                lifetime,
                "a value with tool methods must own its data, because the agent keeps it: remove \
                 the lifetime, and share data by `Arc`",
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
        errors.push(krate, "`crate` belongs on the block: write `#[toolset(crate = …)]`");
    }
}

fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else { return };
    let message = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(_, _, Some(_)) => {
            "concurrent calls share the value: write `&self`, with a `Mutex` in the value if it \
             changes"
        }
        ReceiverKind::Typed(_, ty) if is_self_reference(ty) => return,
        _ => "a tool is called more than once, and the agent keeps the value: write `&self`",
    };
    errors.push(receiver, message);
}

fn is_self_reference(ty: &Type) -> bool {
    let Type::Reference(reference) = types::bare(ty) else { return false };
    let is_self =
        matches!(types::bare(&reference.elem), Type::Path(path) if path.path.is_ident("Self"));
    reference.mutability.is_none() && is_self
}

/// Returns the type and constant names that exist only in the block.
fn block_names(block: &Block) -> Vec<String> {
    let parameters = block.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(ty) => Some(ty.ident.to_string()),
        GenericParam::Const(number) => Some(number.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    });
    parameters.chain(["Self".to_owned()]).collect()
}

/// Reports arguments that have attributes for serde and a type that uses a name of the block. The
/// generated struct of the arguments is outside the block and can't use such names.
fn check_arguments(method: &Method, generic: &[String], errors: &mut Errors) {
    for argument in arguments(&method.parameters) {
        if let Some(attribute) = argument.serde().next()
            && types::mentions(&argument.ty, generic)
        {
            errors.push(
                attribute,
                "this attribute needs a concrete argument type: write the type without `Self` and \
                 without the block's generic parameters",
            );
        }
    }
}
