//! The code generated for a struct: its definition.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use super::attributes::StructAttributes;
use crate::signature::arguments::{DecoderCode, decoder_code};
use crate::signature::definition::Definition;
use crate::signature::invocation::{boxed, report_at, result};
use crate::signature::name::Name;
use crate::signature::parameters::{Parameter, arguments};
use crate::signature::return_spans::ReturnSpans;

/// Returns the code that makes the struct a tool.
pub(super) fn expand(
    input: &DeriveInput,
    attributes: &StructAttributes,
    parameters: &[Parameter],
) -> TokenStream {
    let name = &input.ident;
    let krate = attributes.tool.krate();
    let DecoderCode { items, arguments, new } = decoder_code(&krate, &attributes.serde, parameters);
    let future = future(input, parameters);
    let definition = Definition {
        name: &Name::of_struct(attributes.tool.name.as_ref(), name),
        attributes: &attributes.tool,
        documentation: &input.attrs,
        parameters,
        decoder: quote!(__DECODER),
        call_type: quote!(__p::FunctionCall),
        call: quote!(|__context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote! {
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

/// Returns the future of a call, which uses `__context` and `__arguments`. The derive does not see
/// the method, so the type of `call` decides whether it is `async`. If it is not, the future is
/// polled once, on a thread for blocking work.
fn future(input: &DeriveInput, parameters: &[Parameter]) -> TokenStream {
    let name = &input.ident;
    let fields = arguments(parameters).map(|argument| {
        let name = &argument.name;
        quote!(#name: __arguments.#name)
    });
    let span = name.span();
    let method = quote_spanned!(report_at(span)=> #name::call);
    let call = quote_spanned!(report_at(span)=> call);
    let blocking = quote_spanned! {report_at(span)=>
        __p::blocking(__late, move || __p::poll_once(__future)).await?
    };
    let result = result(&ReturnSpans { value: span, error: span });
    boxed(
        span,
        &quote! {
            #[allow(unused_imports)]
            use __p::{NotFuture as _, ReadyValue as _};
            let __is_async = {
                #[allow(unused_imports)]
                use __p::MissingCallProbe as _;
                __p::probe_return(#method).is_future()
            };
            let __late = __p::LateRoute::of(&__context);
            let __future = async move {
                let __context = &__context;
                let __arguments = (__DECODER.decode)(&__arguments)?;
                #[allow(unused_mut)]
                let mut __tool = #name { #(#fields),* };
                let __value = {
                    #[allow(unused_imports)]
                    use __p::MissingCall as _;
                    __p::MaybeFuture(__tool.#call(__context))
                };
                let __value = __value.future().await;
                #result
            };
            if __is_async {
                __future.await
            } else {
                #blocking
            }
        },
    )
}
