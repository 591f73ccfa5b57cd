//! The stub of an invalid function, so that the compiler reports only the collected errors.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand::named_type;
use crate::errors::Errors;
use crate::settings::ToolAttributes;
use crate::signature::function::Function;

/// Returns the errors and a definition, so that `tools![…]` compiles.
pub(super) fn stub(
    function: &Function,
    attributes: &ToolAttributes,
    errors: &Errors,
) -> TokenStream {
    if function.signature.receiver().is_some() {
        // An `impl` block can't contain a struct or an `impl`.
        return quote!(#errors);
    }
    let name = &function.signature.ident;
    let krate = attributes.krate();
    let named_type = named_type(function);
    quote! {
        #errors
        #named_type
        impl #krate::__private::HasDefinition for #name {
            fn definition() -> &'static #krate::__private::Definition {
                loop {}
            }
        }
    }
}
