//! What keeps a struct from being a tool.

use syn::DeriveInput;

use super::attributes::Said;
use crate::errors::Errors;
use crate::signature::arguments::says;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;
use crate::signature::valid;

/// Notes all of it.
pub(super) fn check(
    input: &DeriveInput,
    said: &Said,
    parameters: &[Parameter],
    errors: &mut Errors,
) {
    for parameter in &input.generics.params {
        errors.push(
            parameter,
            "a tool can't be generic, as the model calls one of its kind: write a struct that \
             names the type and owns its data",
        );
    }
    for attribute in &said.serde {
        if says(attribute, "default") {
            errors.push(
                attribute,
                "the arguments are read one by one: write `#[serde(default)]` above the fields \
                 that may be left out",
            );
        }
    }
    let attributes = &said.attributes;
    Name::of_struct(attributes.name.as_ref(), &input.ident).check(errors);
    valid::check_documentation(&input.ident, &input.attrs, errors);
    attributes.settings.check(errors);
    if said.serde.is_empty() {
        attributes.check_examples(parameters, errors);
    }
}
