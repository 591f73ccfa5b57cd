//! The code generated for a block: the definitions of its tool methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, parse_quote};

use super::attributes::ToolsetAttributes;
use super::block::Block;
use super::method::Method;
use crate::signature::arguments::{DecoderCode, decoder_code};
use crate::signature::definition::Definition;
use crate::signature::invocation::{Callee, report_at};
use crate::tool::WITHIN_TOOLSET;

/// Returns the code that makes the methods tools.
pub(super) fn expand(
    block: &Block,
    attributes: &ToolsetAttributes,
    methods: &[Method],
) -> TokenStream {
    let krate = attributes.krate();
    let impl_head = impl_head(block, attributes);
    let part = attributes.part();
    let next = (block.generics.params.is_empty()).then(|| next_part(part));
    let previous = (part > 1).then(|| previous_part(block, part));
    let definitions = methods.iter().map(|method| {
        let cfg = &method.cfg;
        let definition = definition(&krate, method);
        quote!(#(#cfg)* __definitions.push({ #definition });)
    });
    let attribute_uses = methods.iter().map(attribute_use);
    quote! {
        #[allow(deprecated, non_snake_case, trivial_bounds)]
        const _: () = {
            #(#attribute_uses)*
            use #krate::__private as __p;
            #previous
            #impl_head {
                fn definitions(
                ) -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    #[allow(unused_mut)]
                    let mut __definitions = ::std::vec::Vec::new();
                    #(#definitions)*
                    #next
                    __definitions
                }
            }
        };
    }
}

/// Returns `impl … ToolMethods for …`, with the span of the user's type for compiler errors.
///
/// `SharedValue` is a `where` clause, so that the compiler reports a value that is not `Sync` once
/// and assumes the bound in the body.
pub(super) fn impl_head(block: &Block, attributes: &ToolsetAttributes) -> TokenStream {
    let part = part_type(attributes.part());
    let Block { ty, generics, .. } = block;
    let span = report_at(ty.span());
    let shared = quote_spanned!(span=> #ty: __p::SharedValue);
    let mut generics = generics.clone();
    generics.make_where_clause().predicates.push(parse_quote!(#shared));
    let (parameters, _, where_clause) = generics.split_for_impl();
    quote_spanned!(span=> impl #parameters __p::ToolMethods<#part> for #ty #where_clause)
}

/// Returns the type that marks a block by its number.
fn part_type(part: usize) -> TokenStream {
    match part {
        1 => quote!(__p::OnlyOneBlockWithoutPart),
        part => quote!(__p::Part<#part>),
    }
}

/// Returns the code that appends the definitions of the next block, if there is one.
///
/// Only the compiler knows whether there is one. A generic type has one block: what its parameters
/// implement could hide the next block without a message.
fn next_part(part: usize) -> TokenStream {
    let next = part_type(part + 1);
    quote! {
        {
            #[allow(unused_imports)]
            use __p::NoSuchPart as _;
            __definitions.extend(__p::PartProbe::<Self, #next>::new().definitions());
        }
    }
}

/// Returns a check that the type has the block before this one. Without that, no block would
/// append the definitions of this one.
fn previous_part(block: &Block, part: usize) -> TokenStream {
    let (ty, previous) = (&block.ty, part_type(part - 1));
    let span = report_at(ty.span());
    let check = quote_spanned!(span=> __has_part::<#ty>());
    quote! {
        const _: () = {
            const fn __has_part<T: __p::HasPart<#previous>>() {}
            #check
        };
    }
}

/// Returns a use of the `#[tool]` attribute that was removed from the method. Without it, the
/// compiler would report the import of `tool` as unused, and would not report a missing one.
pub(super) fn attribute_use(method: &Method) -> TokenStream {
    let path = &method.tool_path;
    let within = format_ident!("{WITHIN_TOOLSET}");
    quote! {
        #[#path(#within)]
        const _: () = ();
    }
}

/// Returns the definition of a method as an expression. A constant could not use the generic
/// parameters of the block.
fn definition(krate: &Path, method: &Method) -> TokenStream {
    let Method { name, attributes, signature, parameters, documentation, .. } = method;
    let function = &signature.ident;
    let DecoderCode { items, new: decoder, .. } = decoder_code(krate, &[], parameters);
    let future = Callee {
        path: quote!(Self::#function),
        receiver: signature.receiver().map(|_| quote!(&__this)),
        decoder: decoder.clone(),
        signature,
        parameters,
    }
    .future();
    let definition = Definition {
        name,
        attributes,
        documentation,
        parameters,
        decoder,
        call_type: quote!(__p::MethodCall<Self>),
        call: quote!(|__this, __context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote!(#items #definition)
}
