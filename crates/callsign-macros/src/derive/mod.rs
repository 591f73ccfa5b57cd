//! `#[derive(Tool)]`, in stages: attributes, fields, what is valid, the expansion; a stub on
//! error.

mod attributes;
mod expand;
mod fields;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::attributes::Said;
use crate::errors::Errors;

/// What makes the struct a tool.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let said = Said::read(&input.attrs, &mut errors);
    let parameters = fields::sort(&input, &mut errors);
    valid::check(&input, &said, &parameters, &mut errors);
    if errors.is_empty() {
        expand::expand(&input, &said, &parameters)
    } else {
        let stub = stub::stub(&input, &said);
        quote!(#errors #stub)
    }
}

#[cfg(test)]
mod tests;
