//! What stands beside a struct that can't be a tool, so that its mistakes are all that is said.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::attributes::Said;

/// A definition that quiets `tools![…]`.
pub(super) fn stub(input: &DeriveInput, said: &Said) -> TokenStream {
    let name = &input.ident;
    let krate = said.attributes.krate();
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    quote! {
        impl #parameters #krate::__private::Defined for #name #arguments #conditions {
            fn definition() -> &'static #krate::__private::Definition {
                loop {}
            }
        }
    }
}
