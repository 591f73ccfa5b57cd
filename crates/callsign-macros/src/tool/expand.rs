//! What stands beside the function: its name as a type, and its definition.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use super::attributes::Attributes;
use super::function::Function;
use super::parameters::{Argument, Parameter};
use super::{arguments, documentation, returned};

/// What makes the function a tool.
pub(super) fn expand(
    function: &Function,
    attributes: &Attributes,
    parameters: &[Parameter],
) -> TokenStream {
    let name = &function.signature.ident;
    let twin = twin(function);
    let krate = attributes.krate();
    let arguments = arguments::expand(&krate, parameters);
    let definition = definition(function, attributes, parameters);
    let call = call(function, parameters);
    quote! {
        #twin
        #[allow(deprecated, non_snake_case)]
        const _: () = {
            use #krate::__private as __p;
            #arguments
            #call
            #definition
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

fn call(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let name = &function.signature.ident;
    let asyncness = &function.signature.asyncness;
    let values = parameters.iter().map(|parameter| match parameter {
        Parameter::Argument(Argument { name, lent, .. }) => {
            let lent = lent.then(|| quote!(&));
            quote!(#lent __arguments.#name)
        }
        Parameter::State(ty) => quote!(__p::state::<#ty>(__context)?),
        Parameter::Context => quote!(__context),
    });
    let wait = asyncness.map(|_| quote!(.await));
    let answer = answer(function);
    // A function that may block runs where blocking is allowed.
    let run = match asyncness {
        Some(_) => quote!(__run(&__context, &__arguments).await),
        None => quote!(__p::blocking(move || __run(&__context, &__arguments)).await?),
    };
    let boxed = quote_spanned! {at(name.span())=> ::std::boxed::Box::pin(async move { #run }) };
    quote! {
        #asyncness fn __run(
            __context: &__p::Context,
            __arguments: &__p::Arguments,
        ) -> ::core::result::Result<__p::ToolOutput, __p::ToolError> {
            let __arguments = (__READING.decode)(__arguments)?;
            let __value = #name(#(#values),*) #wait;
            #answer
        }
        fn __call(__context: __p::Context, __arguments: __p::Arguments) -> __p::ToolFuture {
            #boxed
        }
    }
}

/// From what the function returned to what the model hears.
fn answer(function: &Function) -> TokenStream {
    let places = returned::places(&function.signature);
    let output = quote_spanned!(at(places.value)=> __p::output(__value));
    let error = quote_spanned!(at(places.error)=> (&&&&__p::Slot::new(__error)).tool_error());
    quote! {
        #[allow(unused_imports)]
        use __p::{Erased as _, Exact as _, Fallback as _, Plain as _, Typed as _};
        match __p::Returned(__value).split() {
            ::core::result::Result::Ok(__value) => #output,
            ::core::result::Result::Err(__p::Failure(__error)) => {
                ::core::result::Result::Err(#error)
            }
        }
    }
}

fn definition(
    function: &Function,
    attributes: &Attributes,
    parameters: &[Parameter],
) -> TokenStream {
    let name = match &attributes.name {
        Some(name) => name.value(),
        None => function.signature.ident.unraw().to_string(),
    };
    let group = attributes.group.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let description = function.attributes.iter().filter_map(documentation::text);
    let states = parameters.iter().filter_map(|parameter| match parameter {
        Parameter::State(ty) => Some(quote!(
            (::core::any::TypeId::of::<#ty>, ::core::any::type_name::<#ty>)
        )),
        _ => None,
    });
    let Attributes { idempotent, read_only, .. } = attributes;
    let timeout_ms = option(attributes.timeout_ms);
    let concurrency = option(attributes.concurrency);
    quote! {
        static __DEFINITION: __p::Definition = __p::Definition {
            name: #name,
            group: #group,
            module: ::core::module_path!(),
            description: &[#(#description),*],
            schema: __READING.schema,
            states: &[#(#states),*],
            idempotent: #idempotent,
            read_only: #read_only,
            timeout_ms: #timeout_ms,
            concurrency: #concurrency,
            call: __call,
        };
    }
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Code of ours that complaints find at this place of the user's.
fn at(place: Span) -> Span {
    Span::call_site().located_at(place)
}
