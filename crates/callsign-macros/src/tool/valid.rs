//! Validation of a function under `#[tool]`.

use crate::errors::Errors;
use crate::settings::ToolAttributes;
use crate::signature::function::Function;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;
use crate::signature::valid;

/// Reports everything that prevents the function from being a tool.
pub(super) fn check(
    function: &Function,
    attributes: &ToolAttributes,
    parameters: &[Parameter],
    errors: &mut Errors,
) {
    let signature = &function.signature;
    if let Some(receiver) = signature.receiver() {
        errors.push(
            receiver,
            "a method needs `#[toolset]` on its block: write it above the `impl` and keep `#[tool]` \
             here, or write a function that takes the value as `#[state] value: &T`",
        );
    }
    valid::check(signature, errors);
    Name::new(attributes.name.as_ref(), &signature.ident).check(errors);
    valid::check_documentation(&signature.ident, &function.attributes, errors);
    attributes.check(parameters, errors);
}
