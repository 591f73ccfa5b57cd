//! `#[toolset]`, in stages: attributes, the block and its methods, what is valid, the expansion; a
//! stub on error.

mod attributes;
mod block;
mod expand;
mod method;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;

use self::attributes::Attributes;
use self::block::{Block, Item};
use self::method::Method;
use crate::errors::Errors;
use crate::keys;

/// The block as it was written, and beside it what makes its methods tools.
pub(crate) fn toolset(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut block: Block = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let attributes: Attributes = keys::read(attributes, &mut errors);
    let mut methods = Vec::new();
    for item in &mut block.items {
        if let Item::Function(function) = item {
            methods.extend(Method::take(function, &attributes, &mut errors));
        }
    }
    valid::check(&block, &attributes, &methods, &mut errors);
    let beside = if errors.is_empty() {
        expand::expand(&block, &attributes, &methods)
    } else {
        stub::stub(&block, &attributes, &methods, &errors)
    };
    quote!(#block #beside)
}

#[cfg(test)]
mod tests;
