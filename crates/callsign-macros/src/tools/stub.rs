//! What stands beside a block whose methods can't be tools, so that its mistakes are all that is
//! said.

use proc_macro2::TokenStream;
use quote::quote;

use super::attributes::Attributes;
use super::block::Block;
use crate::errors::Errors;

/// The mistakes, and definitions that quiet `Toolset::of`.
pub(super) fn stub(block: &Block, attributes: &Attributes, errors: &Errors) -> TokenStream {
    let krate = attributes.krate();
    let Block { ty, generics, .. } = block;
    if generics.lifetimes().next().is_some() {
        // The compiler would say again that the value does not own its data.
        return quote!(#errors);
    }
    let (parameters, _, conditions) = generics.split_for_impl();
    quote! {
        #errors
        const _: () = {
            use #krate::__private as __p;
            impl #parameters __p::ToolMethods for #ty #conditions {
                fn definitions() -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    loop {}
                }
            }
        };
    }
}
