//! The struct whose fields are the arguments, and how it is read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Meta, Path, Type};

use super::parameters::{Argument, Parameter};

/// `struct __Arguments` and `const __READING`.
///
/// The struct is generic over its fields, so that its derives hold whatever the types are. What
/// they must be is demanded in one place, `__reading::<…>()`: a type that can't be an argument
/// is complained about once, where the user wrote it.
pub(super) fn expand(krate: &Path, parameters: &[Parameter]) -> TokenStream {
    let serde = quote!(#krate::__private::serde).to_string();
    let schemars = quote!(#krate::__private::schemars).to_string();
    let fields: Vec<_> = parameters
        .iter()
        .filter_map(|parameter| match parameter {
            Parameter::Argument(argument) => Some(argument),
            _ => None,
        })
        .enumerate()
        .map(|(number, argument)| Field::new(number, argument))
        .collect();
    // serde can't tell an unknown key from one that a flattened field takes.
    let is_flattened = fields.iter().any(|field| field.attributes.iter().any(is_flatten));
    let strict = (!is_flattened).then(|| quote!(#[serde(deny_unknown_fields)]));
    let generics: Vec<_> = fields.iter().filter_map(|field| field.generic.as_ref()).collect();
    let types = fields.iter().filter(|field| field.generic.is_some()).map(|field| field.ty);
    let types: Vec<_> = types.collect();
    quote! {
        #[derive(__p::serde::Deserialize, __p::schemars::JsonSchema)]
        #[serde(crate = #serde)]
        #strict
        #[schemars(crate = #schemars, inline)]
        struct __Arguments<#(#generics),*> {
            #(#fields,)*
        }
        const fn __reading<#(#generics: __p::Argument),*>(
        ) -> __p::Reading<__Arguments<#(#generics),*>> {
            __p::Reading::new()
        }
        const __READING: __p::Reading<__Arguments<#(#types),*>> = __reading::<#(#types),*>();
    }
}

struct Field<'a> {
    attributes: &'a [Attribute],
    name: &'a Ident,
    ty: &'a Type,
    /// The name that its type has in the struct, where it may be any.
    generic: Option<Ident>,
}

impl<'a> Field<'a> {
    fn new(number: usize, argument: &'a Argument) -> Self {
        let Argument { attributes, name, ty, .. } = argument;
        // By serde's and schemars' attributes a field may depend on its very type, or do without
        // that type's own implementations.
        let is_plain = attributes.iter().all(|attribute| attribute.path().is_ident("doc"));
        let generic = is_plain.then(|| format_ident!("__T{number}"));
        Self { attributes, name, ty, generic }
    }
}

impl ToTokens for Field<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, name, ty, generic } = self;
        tokens.extend(match generic {
            Some(generic) => quote!(#(#attributes)* #name: #generic),
            None => quote!(#(#attributes)* #name: #ty),
        });
    }
}

fn is_flatten(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let is_word = |token| matches!(token, TokenTree::Ident(word) if word == "flatten");
    list.path.is_ident("serde") && list.tokens.clone().into_iter().any(is_word)
}
