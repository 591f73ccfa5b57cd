//! `#[tool]`, in stages: attributes, parameters, what is valid, the expansion; a stub on error.

mod expand;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::keys;
use crate::settings::Attributes;
use crate::signature::function::Function;
use crate::signature::parameters;

/// What `#[toolset]` says to the attributes of its methods, which it has read itself.
pub(crate) const WITHIN: &str = "__within_toolset";

/// The function as it was written, and beside it what makes it a tool.
pub(crate) fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    if attributes.to_string() == WITHIN {
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
    let attributes: Attributes = keys::read(attributes, &mut errors);
    let parameters = parameters::sort(&mut function.signature, &mut errors);
    valid::check(&function, &attributes, &parameters, &mut errors);
    let beside = if errors.is_empty() {
        expand::expand(&function, &attributes, &parameters)
    } else {
        stub::stub(&function, &attributes, &errors)
    };
    quote!(#function #beside)
}

#[cfg(test)]
mod tests;
