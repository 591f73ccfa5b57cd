//! `#[tool]` in stages: attributes, parameters, validation, expansion. On error, a stub replaces
//! the expansion.

mod expand;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;

use crate::attribute_parser;
use crate::errors::Errors;
use crate::settings::ToolAttributes;
use crate::signature::function::Function;
use crate::signature::parameters;

/// The argument with which `#[toolset]` invokes `#[tool]` for methods that it has expanded itself.
pub(crate) const WITHIN_TOOLSET: &str = "__within_toolset";

/// Expands `#[tool]`: returns the unchanged function, followed by the code that makes it a tool.
pub(crate) fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    if attributes.to_string() == WITHIN_TOOLSET {
        return TokenStream::new();
    }
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let attributes: ToolAttributes = attribute_parser::parse(attributes, &mut errors);
    let parameters = parameters::classify(&mut function.signature, &mut errors);
    valid::check(&function, &attributes, &parameters, &mut errors);
    let generated = if errors.is_empty() {
        expand::expand(&function, &attributes, &parameters)
    } else {
        stub::stub(&function, &attributes, &errors)
    };
    quote!(#function #generated)
}

#[cfg(test)]
mod tests;
