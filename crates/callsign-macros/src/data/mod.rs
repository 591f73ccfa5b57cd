//! `#[data]`: derives serialization, deserialization and a JSON schema.

mod attributes;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Path, Token, parse_quote};

use self::attributes::DataAttributes;
use crate::attribute_parser;
use crate::errors::Errors;

/// The traits that `#[data]` derives.
const DERIVED: [&str; 3] = ["Serialize", "Deserialize", "JsonSchema"];

/// Expands `#[data]`: returns the item with the derives in front of it.
pub(crate) fn data(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let attributes: DataAttributes = attribute_parser::parse(attributes, &mut errors);
    let Ok(mut input) = syn::parse2::<DeriveInput>(item.clone()) else {
        let start: TokenStream = item.clone().into_iter().take(1).collect();
        errors.push(
            start,
            "`#[data]` belongs on a struct or an enum: for a function, write `#[tool]`",
        );
        return quote!(#item #errors);
    };
    if let Data::Union(union) = &input.data {
        errors.push(union.union_token, "a union can't be read from JSON: write an enum");
        return quote!(#item #errors);
    }
    remove_derived(&mut input.attrs, &mut errors);
    let derives = derives(&attributes.krate().to_token_stream());
    if errors.is_empty() { quote!(#derives #item) } else { quote!(#derives #input #errors) }
}

fn derives(krate: &TokenStream) -> TokenStream {
    let serde = quote!(#krate::__private::serde);
    let schemars = quote!(#krate::__private::schemars);
    let serde_path = serde.to_string();
    let schemars_path = schemars.to_string();
    quote! {
        #[derive(#serde::Serialize, #serde::Deserialize, #schemars::JsonSchema)]
        #[serde(crate = #serde_path)]
        #[schemars(crate = #schemars_path)]
    }
}

/// Reports derives that `#[data]` adds as well, and removes them, so that the compiler does not
/// report them again.
fn remove_derived(attributes: &mut [Attribute], errors: &mut Errors) {
    for attribute in attributes {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        let parser = Punctuated::<Path, Token![,]>::parse_terminated;
        let Ok(paths) = attribute.parse_args_with(parser) else {
            continue;
        };
        let (duplicate, other): (Vec<Path>, Vec<Path>) = paths.into_iter().partition(is_derived);
        for path in &duplicate {
            let name = path.segments.last().map(|name| &name.ident);
            let name = name.map(ToString::to_string).unwrap_or_default();
            errors.push(path, format_args!("`#[data]` already derives `{name}`: remove it here"));
        }
        if !duplicate.is_empty() {
            *attribute = parse_quote!(#[derive(#(#other),*)]);
        }
    }
}

fn is_derived(path: &Path) -> bool {
    let name = path.segments.last();
    name.is_some_and(|name| DERIVED.iter().any(|derived| name.ident == derived))
}
