//! What keeps a function from being a tool.

use crate::errors::Errors;
use crate::settings::Attributes;
use crate::signature::function::Function;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;
use crate::signature::valid;

/// Notes all of it.
pub(super) fn check(
    function: &Function,
    attributes: &Attributes,
    parameters: &[Parameter],
    errors: &mut Errors,
) {
    let signature = &function.signature;
    if let Some(receiver) = signature.receiver() {
        errors.push(
            receiver,
            "a method becomes a tool with its block: write `#[toolset]` above the `impl`, and leave \
             `#[tool]` here; or write a function that takes the value as `#[state] value: &T`",
        );
    }
    valid::check(signature, errors);
    Name::new(attributes.name.as_ref(), &signature.ident).check(errors);
    valid::check_documentation(&signature.ident, &function.attributes, errors);
    attributes.check(parameters, errors);
}
