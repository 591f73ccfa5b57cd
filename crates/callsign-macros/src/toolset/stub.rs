//! The stub of an invalid block, so that the compiler reports only the collected errors.

use proc_macro2::TokenStream;
use quote::quote;

use super::attributes::ToolsetAttributes;
use super::block::Block;
use super::expand::{attribute_use, impl_head};
use super::method::Method;
use crate::errors::Errors;

/// Returns the errors and an implementation, so that `Toolset::new` compiles.
pub(super) fn stub(
    block: &Block,
    attributes: &ToolsetAttributes,
    methods: &[Method],
    errors: &Errors,
) -> TokenStream {
    let krate = attributes.krate();
    let attribute_uses = methods.iter().map(attribute_use);
    if block.generics.lifetimes().next().is_some() {
        // An implementation would make the compiler report the lifetime again.
        return quote!(#errors const _: () = { #(#attribute_uses)* };);
    }
    let impl_head = impl_head(block, attributes);
    quote! {
        #errors
        const _: () = {
            #(#attribute_uses)*
            use #krate::__private as __p;
            #impl_head {
                fn definitions() -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    loop {}
                }
            }
        };
    }
}
