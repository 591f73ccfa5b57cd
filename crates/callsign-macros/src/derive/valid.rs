//! Validation of a struct under `#[derive(Tool)]`.

use syn::{Data, DeriveInput, GenericParam, Lifetime, Type};

use super::attributes::StructAttributes;
use crate::errors::Errors;
use crate::signature::arguments::has_serde_option;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;
use crate::signature::types::{self, Part};
use crate::signature::valid;

/// Reports everything that prevents the struct from being a tool.
pub(super) fn check(
    input: &DeriveInput,
    attributes: &StructAttributes,
    parameters: &[Parameter],
    errors: &mut Errors,
) {
    for parameter in &input.generics.params {
        match parameter {
            // A reference with this lifetime is already reported at its field.
            GenericParam::Lifetime(lifetime) if has_reference(input, &lifetime.lifetime) => {}
            GenericParam::Lifetime(lifetime) => errors.push(
                lifetime,
                "a tool can't have lifetime parameters: write fields that own their data",
            ),
            GenericParam::Type(_) | GenericParam::Const(_) => errors.push(
                parameter,
                "a tool can't be generic, because a model can't choose types: write a struct with \
                 concrete types",
            ),
        }
    }
    for attribute in &attributes.serde {
        if has_serde_option(attribute, "default") {
            errors.push(
                attribute,
                "arguments are decoded one by one: write `#[serde(default)]` on the fields that \
                 the model may omit",
            );
        }
    }
    let tool = &attributes.tool;
    Name::of_struct(tool.name.as_ref(), &input.ident).check(errors);
    valid::check_documentation(&input.ident, &input.attrs, errors);
    tool.settings.check(errors);
    if attributes.serde.is_empty() {
        tool.check_examples(parameters, errors);
    }
}

/// Returns whether a field of the struct contains a reference with `lifetime`.
fn has_reference(input: &DeriveInput, lifetime: &Lifetime) -> bool {
    let Data::Struct(data) = &input.data else { return false };
    let is_match = |part: Part<'_>| match part {
        Part::Type(Type::Reference(reference)) => {
            (reference.lifetime.as_ref() == Some(lifetime)).then_some(())
        }
        _ => None,
    };
    data.fields.iter().any(|field| types::find(&field.ty, &is_match).is_some())
}
