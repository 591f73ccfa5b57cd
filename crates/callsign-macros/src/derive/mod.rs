//! `#[derive(Tool)]` in stages: attributes, fields, validation, expansion. On error, a stub
//! replaces the expansion.

mod attributes;
mod expand;
mod fields;
mod stub;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::attributes::StructAttributes;
use crate::errors::Errors;

/// Expands `#[derive(Tool)]`: returns the code that makes the struct a tool.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attributes = StructAttributes::parse(&input.attrs, &mut errors);
    let parameters = fields::classify(&input, &mut errors);
    valid::check(&input, &attributes, &parameters, &mut errors);
    if errors.is_empty() {
        expand::expand(&input, &attributes, &parameters)
    } else {
        let stub = stub::stub(&input, &attributes);
        quote!(#errors #stub)
    }
}

#[cfg(test)]
mod tests;
