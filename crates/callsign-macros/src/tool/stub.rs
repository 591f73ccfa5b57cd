//! What stands beside a function that can't be a tool, so that its mistakes are all that is said.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand::twin;
use crate::errors::Errors;
use crate::settings::Attributes;
use crate::signature::function::Function;

/// The mistakes, and a definition that quiets `tools![…]`.
pub(super) fn stub(function: &Function, attributes: &Attributes, errors: &Errors) -> TokenStream {
    if function.signature.receiver().is_some() {
        // Nothing but functions can stand where a method stands.
        return quote!(#errors);
    }
    let name = &function.signature.ident;
    let krate = attributes.krate();
    let twin = twin(function);
    quote! {
        #errors
        #twin
        impl #krate::__private::Defined for #name {
            fn definition() -> &'static #krate::__private::Definition {
                loop {}
            }
        }
    }
}
