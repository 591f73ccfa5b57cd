//! A method that a user marked.

use proc_macro2::TokenStream;
use syn::{Attribute, FnArg, Meta, Path, Signature};

use super::attributes::Attributes as BlockAttributes;
use crate::errors::Errors;
use crate::keys;
use crate::settings::Attributes;
use crate::signature::function::Function;
use crate::signature::name::Name;
use crate::signature::parameters::{self, MARKS, Parameter, partition};

/// A method that becomes a tool.
pub(super) struct Method {
    /// The path by which the user wrote `#[tool]`.
    pub(super) mark: Path,
    pub(super) name: Name,
    /// What is said of it, and of all the tools of its block.
    pub(super) attributes: Attributes,
    pub(super) signature: Signature,
    pub(super) parameters: Vec<Parameter>,
    /// Its doc comment.
    pub(super) documentation: Vec<Attribute>,
    /// The conditions that it is built under.
    pub(super) conditions: Vec<Attribute>,
}

impl Method {
    /// What is said of this function, if it is marked; takes from it the attributes that are not
    /// the function's.
    pub(super) fn take(
        function: &mut Function,
        block: &BlockAttributes,
        errors: &mut Errors,
    ) -> Option<Self> {
        let attributes = std::mem::take(&mut function.attributes);
        let (marks, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(is_mark);
        function.attributes = others;
        let Some((mark, more)) = marks.split_first() else {
            refuse_marks(&mut function.signature, errors);
            return None;
        };
        for again in more {
            errors.push(again, "`#[tool]` is given twice: write all settings into one");
        }
        let mut attributes: Attributes = keys::read(settings(mark, errors), errors);
        attributes.settings = attributes.settings.or(&block.settings);
        let parameters = parameters::sort(&mut function.signature, errors);
        let name = Name::new(attributes.name.as_ref(), &function.signature.ident);
        let of_path = |path| function.attributes.iter().filter(move |it| it.path().is_ident(path));
        Some(Self {
            mark: mark.path().clone(),
            name: name.with_prefix(block.prefix.as_ref()),
            attributes,
            signature: function.signature.clone(),
            parameters,
            documentation: of_path("doc").cloned().collect(),
            conditions: of_path("cfg").cloned().collect(),
        })
    }
}

/// Whether this is `#[tool]`, by whatever path.
fn is_mark(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "tool")
}

fn settings(mark: &Attribute, errors: &mut Errors) -> TokenStream {
    match &mark.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        _ => {
            errors.push(mark, "settings go into brackets: `#[tool(…)]`");
            TokenStream::new()
        }
    }
}

/// Complains about parameters that say who fills them in a function that is no tool, because the
/// compiler would not know the attribute.
fn refuse_marks(signature: &mut Signature, errors: &mut Errors) {
    for input in &mut signature.inputs {
        let FnArg::Typed(parameter) = input else { continue };
        let attributes = std::mem::take(&mut parameter.attrs);
        let (marks, others) = partition(attributes, &MARKS);
        parameter.attrs = others;
        for mark in marks {
            errors.push(mark, "the method is no tool: mark it with `#[tool]`, or leave this out");
        }
    }
}
