//! What stands beside a block whose methods can't be tools, so that its mistakes are all that is
//! said.

use proc_macro2::TokenStream;
use quote::quote;

use super::attributes::Attributes;
use super::block::Block;
use super::expand::{head, mark};
use super::method::Method;
use crate::errors::Errors;

/// The mistakes, and definitions that quiet `Toolset::of`.
pub(super) fn stub(
    block: &Block,
    attributes: &Attributes,
    methods: &[Method],
    errors: &Errors,
) -> TokenStream {
    let krate = attributes.krate();
    let marks = methods.iter().map(mark);
    if block.generics.lifetimes().next().is_some() {
        // The compiler would say again that the value does not own its data.
        return quote!(#errors const _: () = { #(#marks)* };);
    }
    let head = head(block);
    quote! {
        #errors
        const _: () = {
            #(#marks)*
            use #krate::__private as __p;
            #head {
                fn definitions() -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    loop {}
                }
            }
        };
    }
}
