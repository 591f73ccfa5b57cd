//! What stands beside the block: the definitions of its methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, parse_quote};

use super::attributes::Attributes;
use super::block::Block;
use super::method::Method;
use crate::signature::arguments;
use crate::signature::definition::Definition;
use crate::signature::run::{Callee, at};
use crate::tool::WITHIN;

/// What makes the methods tools.
pub(super) fn expand(block: &Block, attributes: &Attributes, methods: &[Method]) -> TokenStream {
    let krate = attributes.krate();
    let head = head(block);
    let definitions = methods.iter().map(|method| {
        let conditions = &method.conditions;
        let definition = definition(&krate, method);
        quote!(#(#conditions)* __definitions.push({ #definition });)
    });
    let marks = methods.iter().map(mark);
    quote! {
        #[allow(deprecated, non_snake_case, trivial_bounds)]
        const _: () = {
            #(#marks)*
            use #krate::__private as __p;
            #head {
                fn definitions(
                ) -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    #[allow(unused_mut)]
                    let mut __definitions = ::std::vec::Vec::new();
                    #(#definitions)*
                    __definitions
                }
            }
        };
    }
}

/// `impl … ToolMethods for …`, of which complaints point at the user's type.
///
/// That calls can share the value is a condition, so that it is demanded in this one place and
/// taken for granted within.
pub(super) fn head(block: &Block) -> TokenStream {
    let Block { ty, generics, .. } = block;
    let place = at(ty.span());
    let shared = quote_spanned!(place=> #ty: __p::Shared);
    let mut generics = generics.clone();
    generics.make_where_clause().predicates.push(parse_quote!(#shared));
    let (parameters, _, conditions) = generics.split_for_impl();
    quote_spanned!(place=> impl #parameters __p::ToolMethods for #ty #conditions)
}

/// A use of the attribute that was taken from the method, so that the user's import of it has one,
/// and one that is missing is complained about.
pub(super) fn mark(method: &Method) -> TokenStream {
    let path = &method.mark;
    let within = format_ident!("{WITHIN}");
    quote! {
        #[#path(#within)]
        const _: () = ();
    }
}

/// What is known of a method. A constant could not be generic, as the block may be.
fn definition(krate: &Path, method: &Method) -> TokenStream {
    let Method { name, attributes, signature, parameters, documentation, .. } = method;
    let function = &signature.ident;
    let arguments::Reading { items, call: reading, .. } =
        arguments::reading(krate, &[], parameters);
    let future = Callee {
        path: quote!(Self::#function),
        receiver: signature.receiver().map(|_| quote!(&__this)),
        reading: reading.clone(),
        signature,
        parameters,
    }
    .future();
    let definition = Definition {
        name,
        attributes,
        documentation,
        parameters,
        reading,
        call_type: quote!(__p::MethodCall<Self>),
        call: quote!(|__this, __context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote!(#items #definition)
}
