//! What stands beside the struct: its definition.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use super::attributes::Said;
use crate::signature::arguments;
use crate::signature::definition::Definition;
use crate::signature::name::Name;
use crate::signature::parameters::{Parameter, arguments};
use crate::signature::returned::Places;
use crate::signature::run::{answer, at, boxed};

/// What makes the struct a tool.
pub(super) fn expand(input: &DeriveInput, said: &Said, parameters: &[Parameter]) -> TokenStream {
    let name = &input.ident;
    let krate = said.attributes.krate();
    let arguments::Reading { items, ty, call } =
        arguments::reading(&krate, &said.serde, parameters);
    let future = future(input, parameters);
    let definition = Definition {
        name: &Name::of_struct(said.attributes.name.as_ref(), name),
        attributes: &said.attributes,
        documentation: &input.attrs,
        parameters,
        reading: quote!(__READING),
        call_type: quote!(__p::Call),
        call: quote!(|__context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote! {
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

/// The future of a call, from `__context` and `__arguments`. Whether the method is `async` is
/// known by its type only: one that is not is polled once, where blocking is allowed.
fn future(input: &DeriveInput, parameters: &[Parameter]) -> TokenStream {
    let name = &input.ident;
    let fields = arguments(parameters).map(|argument| {
        let name = &argument.name;
        quote!(#name: __arguments.#name)
    });
    let place = name.span();
    let method = quote_spanned!(at(place)=> #name::call);
    let call = quote_spanned!(at(place)=> call);
    let blocking = quote_spanned!(at(place)=> __p::blocking(move || __p::at_once(__run)).await?);
    let answer = answer(&Places { value: place, error: place });
    boxed(
        place,
        &quote! {
            #[allow(unused_imports)]
            use __p::{Blocks as _, Settled as _};
            let __waits = {
                #[allow(unused_imports)]
                use __p::Unseen as _;
                __p::probe(#method).waits()
            };
            let __run = async move {
                let __context = &__context;
                let __arguments = (__READING.decode)(&__arguments)?;
                #[allow(unused_mut)]
                let mut __tool = #name { #(#fields),* };
                let __value = {
                    #[allow(unused_imports)]
                    use __p::Uncalled as _;
                    __p::Called(__tool.#call(__context))
                };
                let __value = __value.settle().await;
                #answer
            };
            if __waits {
                __run.await
            } else {
                #blocking
            }
        },
    )
}
