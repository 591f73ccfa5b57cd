//! Parser of a method under `#[tool]` in a `#[toolset]` block.

use proc_macro2::TokenStream;
use syn::{Attribute, FnArg, Meta, Path, Signature};

use super::attributes::ToolsetAttributes;
use crate::attribute_parser;
use crate::errors::Errors;
use crate::settings::ToolAttributes;
use crate::signature::function::Function;
use crate::signature::name::Name;
use crate::signature::parameters::{self, INJECTIONS, Parameter, partition};

/// A method that becomes a tool.
pub(super) struct Method {
    /// The path of `#[tool]`, as the user wrote it.
    pub(super) tool_path: Path,
    pub(super) name: Name,
    /// Its attributes, with the settings of the block as defaults.
    pub(super) attributes: ToolAttributes,
    pub(super) signature: Signature,
    pub(super) parameters: Vec<Parameter>,
    /// Its doc comments.
    pub(super) documentation: Vec<Attribute>,
    /// Its `#[cfg(…)]` attributes.
    pub(super) cfg: Vec<Attribute>,
}

impl Method {
    /// Returns the method if the function has `#[tool]`. Removes the attributes that belong to
    /// `#[tool]` from the function.
    pub(super) fn take(
        function: &mut Function,
        block: &ToolsetAttributes,
        errors: &mut Errors,
    ) -> Option<Self> {
        let attributes = std::mem::take(&mut function.attributes);
        let (tool, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(is_tool);
        function.attributes = others;
        let Some((tool, duplicates)) = tool.split_first() else {
            reject_injections(&mut function.signature, errors);
            return None;
        };
        for duplicate in duplicates {
            errors.push(duplicate, "duplicate `#[tool]`: write all settings in one attribute");
        }
        let mut attributes: ToolAttributes =
            attribute_parser::parse(arguments(tool, errors), errors);
        attributes.settings = attributes.settings.or(&block.settings);
        let parameters = parameters::classify(&mut function.signature, errors);
        let name = Name::new(attributes.name.as_ref(), &function.signature.ident);
        let of_path = |path| function.attributes.iter().filter(move |it| it.path().is_ident(path));
        Some(Self {
            tool_path: tool.path().clone(),
            name: name.with_prefix(block.prefix.as_ref()),
            attributes,
            signature: function.signature.clone(),
            parameters,
            documentation: of_path("doc").cloned().collect(),
            cfg: of_path("cfg").cloned().collect(),
        })
    }
}

/// Returns whether the attribute is `#[tool]`, with any path.
fn is_tool(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "tool")
}

/// Returns the arguments of a `#[tool]` attribute.
fn arguments(tool: &Attribute, errors: &mut Errors) -> TokenStream {
    match &tool.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        _ => {
            errors.push(tool, "settings belong in parentheses: write `#[tool(…)]`");
            TokenStream::new()
        }
    }
}

/// Reports and removes `#[state]` and `#[context]` in a method that is not a tool. The compiler
/// would report them as unknown attributes.
fn reject_injections(signature: &mut Signature, errors: &mut Errors) {
    for input in &mut signature.inputs {
        let FnArg::Typed(parameter) = input else { continue };
        let attributes = std::mem::take(&mut parameter.attrs);
        let (injections, others) = partition(attributes, &INJECTIONS);
        parameter.attrs = others;
        for injection in injections {
            errors.push(
                injection,
                "the method is not a tool: add `#[tool]` to it, or remove this attribute",
            );
        }
    }
}
