//! Expansion of one call: from the text of the arguments to the output for the model.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Signature;

use super::parameters::{Argument, Parameter};
use super::return_spans::{ReturnSpans, return_spans};

/// The function or method to call, and its arguments.
pub(crate) struct Callee<'a> {
    /// The path of the function.
    pub(crate) path: TokenStream,
    /// The receiver of a method.
    pub(crate) receiver: Option<TokenStream>,
    /// The expression of the arguments' decoder.
    pub(crate) decoder: TokenStream,
    pub(crate) signature: &'a Signature,
    pub(crate) parameters: &'a [Parameter],
}

impl Callee<'_> {
    /// Returns the future of a call, which uses `__context` and `__arguments`.
    pub(crate) fn future(&self) -> TokenStream {
        let Self { path, receiver, decoder, signature, parameters } = self;
        let wait = signature.asyncness.map(|_| quote!(.await));
        let values = receiver.iter().cloned().chain(parameters.iter().map(value));
        let result = result(&return_spans(signature));
        let body = quote! {
            let __context = &__context;
            let __arguments = (#decoder.decode)(&__arguments)?;
            let __value = #path(#(#values),*) #wait;
            #result
        };
        // A function that is not `async` may block, so it runs on a thread for blocking work.
        let body = match signature.asyncness {
            Some(_) => body,
            None => quote! {
                let __late = __p::LateRoute::of(&__context);
                __p::blocking(
                    __late,
                    move || -> ::core::result::Result<__p::ToolOutput, __p::ToolError> { #body },
                )
                .await?
            },
        };
        boxed(signature.ident.span(), &body)
    }
}

/// Returns the boxed future of `body`. The compiler reports at `span` that it is not `Send`.
pub(crate) fn boxed(span: Span, body: &TokenStream) -> TokenStream {
    quote_spanned! {report_at(span)=> ::std::boxed::Box::pin(async move { #body }) }
}

/// Returns the value of a parameter, from `__arguments` or `__context`.
fn value(parameter: &Parameter) -> TokenStream {
    match parameter {
        Parameter::Argument(Argument { name, by_reference, .. }) => {
            let reference = by_reference.then(|| quote!(&));
            quote!(#reference __arguments.#name)
        }
        Parameter::State(ty) => quote!(__p::inject_state::<#ty>(__context)?),
        Parameter::RunContext(ty) => quote!(__p::inject_context::<#ty>(__context)?),
        Parameter::CallContext => quote!(__context),
    }
}

/// Returns the conversion of the return value, `__value`, to the output or the error of the tool.
pub(crate) fn result(spans: &ReturnSpans) -> TokenStream {
    let output = quote_spanned!(report_at(spans.value)=> __p::output(__value));
    let error = quote_spanned!(
        report_at(spans.error)=> (&&&&__p::ErrorSlot::new(__error)).tool_error()
    );
    quote! {
        #[allow(unused_imports)]
        use __p::{
            BoxedError as _, ConcreteError as _, DisplayError as _, KnownError as _,
            PlainValue as _,
        };
        match __p::ReturnValue(__value).into_result() {
            ::core::result::Result::Ok(__value) => #output,
            ::core::result::Result::Err(__p::ReturnedError(__error)) => {
                ::core::result::Result::Err(#error)
            }
        }
    }
}

/// Returns a span that resolves names like generated code but is reported at the user's `span`.
pub(crate) fn report_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}
