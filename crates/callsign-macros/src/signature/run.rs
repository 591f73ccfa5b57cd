//! One call: from the arguments' text to what the model hears.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Signature;

use super::parameters::{Argument, Parameter};
use super::returned::Places;

/// What is called, and how.
pub(crate) struct Callee<'a> {
    /// The path of the function.
    pub(crate) path: TokenStream,
    /// What stands before its parameters.
    pub(crate) receiver: Option<TokenStream>,
    /// The reading of its arguments.
    pub(crate) reading: TokenStream,
    pub(crate) signature: &'a Signature,
    pub(crate) parameters: &'a [Parameter],
}

impl Callee<'_> {
    /// The future of a call of it, from `__context` and `__arguments`.
    pub(crate) fn future(&self) -> TokenStream {
        let Self { path, receiver, reading, signature, parameters } = self;
        let wait = signature.asyncness.map(|_| quote!(.await));
        let values = receiver.iter().cloned().chain(parameters.iter().map(value));
        let answer = answer(&super::returned::places(signature));
        let body = quote! {
            let __context = &__context;
            let __arguments = (#reading.decode)(&__arguments)?;
            let __value = #path(#(#values),*) #wait;
            #answer
        };
        // A function that may block runs where blocking is allowed.
        let run = match signature.asyncness {
            Some(_) => body,
            None => quote! {
                __p::blocking(move || -> ::core::result::Result<__p::ToolOutput, __p::ToolError> {
                    #body
                })
                .await?
            },
        };
        boxed(signature.ident.span(), &run)
    }
}

/// The future of these statements. It complains at this place of the user's.
pub(crate) fn boxed(place: Span, run: &TokenStream) -> TokenStream {
    quote_spanned! {at(place)=> ::std::boxed::Box::pin(async move { #run }) }
}

/// The value of a parameter, from `__arguments` and `__context`.
fn value(parameter: &Parameter) -> TokenStream {
    match parameter {
        Parameter::Argument(Argument { name, lent, .. }) => {
            let lent = lent.then(|| quote!(&));
            quote!(#lent __arguments.#name)
        }
        Parameter::State(ty) => quote!(__p::state::<#ty>(__context)?),
        Parameter::Given(ty) => quote!(__p::given::<#ty>(__context)?),
        Parameter::Context => quote!(__context),
    }
}

/// From what was returned, `__value`, to what the model hears.
pub(crate) fn answer(places: &Places) -> TokenStream {
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

/// Code of ours that complaints find at this place of the user's.
pub(crate) fn at(place: Span) -> Span {
    Span::call_site().located_at(place)
}
