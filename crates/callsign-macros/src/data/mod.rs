//! `#[data]`: the derives by which a type is sent, read and described.

mod attributes;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Path, Token};

use self::attributes::Attributes;
use crate::errors::Errors;
use crate::keys;

/// The type as it was written, with the derives before it.
pub(crate) fn data(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let attributes: Attributes = keys::read(attributes, &mut errors);
    let Ok(input) = syn::parse2::<DeriveInput>(item.clone()) else {
        errors.push(
            first_line(&item),
            "`#[data]` goes on a struct or an enum; a function is marked with `#[tool]`",
        );
        return quote!(#item #errors);
    };
    if let Data::Union(union) = &input.data {
        errors.push(
            union.union_token,
            "a union's fields can't be told apart in JSON: write an enum",
        );
        return quote!(#item #errors);
    }
    let derives = derives(&attributes.krate().to_token_stream(), &input, &mut errors);
    quote!(#derives #item #errors)
}

fn derives(krate: &TokenStream, input: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let mut ours = vec![
        ("Serialize", quote!(#krate::__private::serde::Serialize)),
        ("Deserialize", quote!(#krate::__private::serde::Deserialize)),
        ("JsonSchema", quote!(#krate::__private::schemars::JsonSchema)),
    ];
    for path in input.attrs.iter().flat_map(derived) {
        let Some(last) = path.segments.last() else {
            continue;
        };
        if let Some(at) = ours.iter().position(|(name, _)| last.ident == name) {
            let (name, _) = ours.remove(at);
            errors.push(
                &path,
                format_args!("`#[data]` derives `{name}` already: leave it out here"),
            );
        }
    }
    let serde = quote!(#krate::__private::serde).to_string();
    let schemars = quote!(#krate::__private::schemars).to_string();
    let serde = ours
        .iter()
        .any(|(name, _)| *name != "JsonSchema")
        .then(|| quote!(#[serde(crate = #serde)]));
    let schemars = ours
        .iter()
        .any(|(name, _)| *name == "JsonSchema")
        .then(|| quote!(#[schemars(crate = #schemars)]));
    let derives = ours.iter().map(|(_, derive)| derive);
    quote! {
        #[derive(#(#derives),*)]
        #serde
        #schemars
    }
}

/// The paths in a `#[derive(…)]`; none in another attribute.
fn derived(attribute: &Attribute) -> Punctuated<Path, Token![,]> {
    if !attribute.path().is_ident("derive") {
        return Punctuated::new();
    }
    attribute
        .parse_args_with(Punctuated::parse_terminated)
        .unwrap_or_default()
}

/// What a complaint about a whole item points at.
fn first_line(item: &TokenStream) -> TokenStream {
    item.clone().into_iter().take(1).collect()
}
