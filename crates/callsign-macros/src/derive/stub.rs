//! The stub of an invalid struct, so that the compiler reports only the collected errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::attributes::StructAttributes;

/// Returns a definition, so that `tools![…]` compiles.
pub(super) fn stub(input: &DeriveInput, attributes: &StructAttributes) -> TokenStream {
    let name = &input.ident;
    let krate = attributes.tool.krate();
    let (parameters, arguments, where_clause) = input.generics.split_for_impl();
    quote! {
        impl #parameters #krate::__private::HasDefinition for #name #arguments #where_clause {
            fn definition() -> &'static #krate::__private::Definition {
                loop {}
            }
        }
    }
}
