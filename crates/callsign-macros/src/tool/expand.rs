//! What stands beside the function: its name as a type, and its definition.

use proc_macro2::TokenStream;
use quote::quote;

use crate::settings::Attributes;
use crate::signature::arguments;
use crate::signature::definition::Definition;
use crate::signature::function::Function;
use crate::signature::name::Name;
use crate::signature::parameters::Parameter;
use crate::signature::run::Callee;

/// What makes the function a tool.
pub(super) fn expand(
    function: &Function,
    attributes: &Attributes,
    parameters: &[Parameter],
) -> TokenStream {
    let signature = &function.signature;
    let name = &signature.ident;
    let twin = twin(function);
    let krate = attributes.krate();
    let arguments::Reading { items, ty, call } = arguments::reading(&krate, &[], parameters);
    let reading = quote!(__READING);
    let future = Callee {
        path: quote!(#name),
        receiver: None,
        reading: reading.clone(),
        signature,
        parameters,
    }
    .future();
    let definition = Definition {
        name: &Name::new(attributes.name.as_ref(), name),
        attributes,
        documentation: &function.attributes,
        parameters,
        reading,
        call_type: quote!(__p::Call),
        call: quote!(|__context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote! {
        #twin
        #[allow(deprecated, non_snake_case)]
        const _: () = {
            use #krate::__private as __p;
            #items
            const __READING: __p::Reading<#ty> = #call;
            static __DEFINITION: __p::Definition = #definition;
            impl __p::Defined for #name {
                fn definition() -> &'static __p::Definition {
                    &__DEFINITION
                }
            }
            __p::inventory::submit! { __p::Registered(&__DEFINITION) }
        };
    }
}

/// The function's name as a type. It has braces because a unit struct would be a value as well,
/// as the function is.
pub(super) fn twin(function: &Function) -> TokenStream {
    let visibility = &function.visibility;
    let name = &function.signature.ident;
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types, unreachable_pub)]
        #visibility struct #name {}
    }
}
