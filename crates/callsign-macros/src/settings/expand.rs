//! Expansion of settings to fields of the definition. Unset fields keep the definition's default.

use proc_macro2::TokenStream;
use quote::quote;

use super::attributes::ToolAttributes;
use super::error_visibility::ErrorVisibility;

impl ToolAttributes {
    /// Returns the fields, each as `name: value`.
    pub(crate) fn fields(&self) -> Vec<TokenStream> {
        let settings = &self.settings;
        let flags = [
            ("read_only", settings.read_only),
            ("idempotent", settings.idempotent),
            ("approval", settings.approval),
            ("sequential", settings.sequential),
            ("coerce", settings.coerce),
        ];
        let flags = flags.into_iter().filter(|(_, flag)| flag.is_some_and(|flag| flag.value));
        let flags = flags.map(|(name, _)| {
            let name = quote::format_ident!("{name}");
            quote!(#name: true)
        });
        let errors = settings.errors.map(|visibility| match visibility {
            ErrorVisibility::Visible => quote!(__p::ErrorVisibility::Visible),
            ErrorVisibility::Private => quote!(__p::ErrorVisibility::Private),
        });
        let group = settings.group.as_ref().map(|group| quote!(group: #group));
        let others = [
            some("strict", settings.strict.map(|strict| strict.value)),
            some("errors", errors),
            some("timeout_ms", settings.timeout_ms),
            some("concurrency", settings.concurrency.map(|number| number.value)),
            some("max_result_bytes", settings.max_result_bytes),
        ];
        let examples = self.examples.iter().map(|example| &example.text);
        let examples = (!self.examples.is_empty()).then(|| quote!(examples: &[#(#examples),*]));
        let others = others.into_iter().flatten();
        group.into_iter().chain(flags).chain(others).chain(examples).collect()
    }
}

fn some(name: &str, value: Option<impl quote::ToTokens>) -> Option<TokenStream> {
    let name = quote::format_ident!("{name}");
    value.map(|value| quote!(#name: ::core::option::Option::Some(#value)))
}
