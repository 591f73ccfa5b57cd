//! `#[toolset]` in stages: attributes, the block and its methods, validation, expansion. On error,
//! a stub replaces the expansion.

mod attributes;
mod block;
mod expand;
mod method;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;

use self::attributes::ToolsetAttributes;
use self::block::{Block, Item};
use self::method::Method;
use crate::attribute_parser;
use crate::errors::Errors;

/// Expands `#[toolset]`: returns the unchanged block, followed by the code that makes its methods
/// tools.
pub(crate) fn toolset(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut block: Block = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let attributes: ToolsetAttributes = attribute_parser::parse(attributes, &mut errors);
    let mut methods = Vec::new();
    for item in &mut block.items {
        if let Item::Function(function) = item {
            methods.extend(Method::take(function, &attributes, &mut errors));
        }
    }
    valid::check(&block, &attributes, &methods, &mut errors);
    let generated = if errors.is_empty() {
        expand::expand(&block, &attributes, &methods)
    } else {
        stub::stub(&block, &attributes, &methods, &errors)
    };
    quote!(#block #generated)
}

#[cfg(test)]
mod tests;
