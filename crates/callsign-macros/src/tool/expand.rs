//! The code generated for a function: a type of the same name, and the definition.

use proc_macro2::TokenStream;
use quote::quote;

use crate::settings::ToolAttributes;
use crate::signature::arguments::{DecoderCode, decoder_code};
use crate::signature::definition::Definition;
use crate::signature::function::Function;
use crate::signature::invocation::Callee;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;

/// Returns the code that makes the function a tool.
pub(super) fn expand(
    function: &Function,
    attributes: &ToolAttributes,
    parameters: &[Parameter],
) -> TokenStream {
    let signature = &function.signature;
    let name = &signature.ident;
    let named_type = named_type(function);
    let krate = attributes.krate();
    let DecoderCode { items, arguments, new } = decoder_code(&krate, &[], parameters);
    let decoder = quote!(__DECODER);
    let future = Callee {
        path: quote!(#name),
        receiver: None,
        decoder: decoder.clone(),
        signature,
        parameters,
    }
    .future();
    let definition = Definition {
        name: &Name::new(attributes.name.as_ref(), name),
        attributes,
        documentation: &function.attributes,
        parameters,
        decoder,
        call_type: quote!(__p::FunctionCall),
        call: quote!(|__context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote! {
        #named_type
        #[allow(deprecated, non_snake_case)]
        const _: () = {
            use #krate::__private as __p;
            #items
            const __DECODER: __p::ArgumentDecoder<#arguments> = #new;
            static __DEFINITION: __p::Definition = #definition;
            impl __p::HasDefinition for #name {
                fn definition() -> &'static __p::Definition {
                    &__DEFINITION
                }
            }
            __p::inventory::submit! { __p::InventoryEntry(&__DEFINITION) }
        };
    }
}

/// Returns the type with the function's name, which `tools![…]` refers to. It has braces because a
/// unit struct would also be a value, like the function.
pub(super) fn named_type(function: &Function) -> TokenStream {
    let visibility = &function.visibility;
    let name = &function.signature.ident;
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types, unreachable_pub)]
        #visibility struct #name {}
    }
}
