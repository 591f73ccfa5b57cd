//! The struct whose fields are the arguments, and how it is read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Meta, Path, Type};

use super::parameters::{Argument, Parameter, arguments};

/// The arguments of a tool, as code.
pub(crate) struct Reading {
    /// `struct __Arguments` and `fn __reading`.
    ///
    /// The struct is generic over its fields, so that its derives hold whatever the types are.
    /// What they must be is demanded in one place, `__reading::<…>()`: a type that can't be an
    /// argument is complained about once, where the user wrote it.
    pub(crate) items: TokenStream,
    /// The type of the struct as it is.
    pub(crate) ty: TokenStream,
    /// The call that makes the reading.
    pub(crate) call: TokenStream,
}

/// The arguments of these parameters. The attributes go to the struct.
pub(crate) fn reading(krate: &Path, attributes: &[Attribute], parameters: &[Parameter]) -> Reading {
    let serde = quote!(#krate::__private::serde).to_string();
    let schemars = quote!(#krate::__private::schemars).to_string();
    let fields: Vec<_> = arguments(parameters)
        .enumerate()
        .map(|(number, argument)| Field::new(number, argument))
        .collect();
    // serde can't tell an unknown key from one that a flattened field takes.
    let flattens = |field: &Field<'_>| field.attributes.iter().any(|it| says(it, "flatten"));
    let is_open = fields.iter().any(flattens);
    let is_said = attributes.iter().any(|it| says(it, "deny_unknown_fields"));
    let strict = (!is_open && !is_said).then(|| quote!(#[serde(deny_unknown_fields)]));
    let generics: Vec<_> = fields.iter().filter_map(|field| field.generic.as_ref()).collect();
    let types = fields.iter().filter(|field| field.generic.is_some()).map(|field| field.ty);
    let types: Vec<_> = types.collect();
    let items = quote! {
        #[derive(__p::serde::Deserialize, __p::schemars::JsonSchema)]
        #[serde(crate = #serde)]
        #strict
        #[schemars(crate = #schemars, inline)]
        #(#attributes)*
        struct __Arguments<#(#generics),*> {
            #(#fields,)*
        }
        const fn __reading<#(#generics: __p::Argument),*>(
        ) -> __p::Reading<__Arguments<#(#generics),*>> {
            __p::Reading::new()
        }
    };
    let ty = quote!(__Arguments<#(#types),*>);
    Reading { items, ty, call: quote!(__reading::<#(#types),*>()) }
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
        let generic = argument.serde().next().is_none().then(|| format_ident!("__T{number}"));
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

/// Whether this attribute of serde's has this word.
pub(crate) fn says(attribute: &Attribute, word: &str) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let is_word = |token| matches!(token, TokenTree::Ident(found) if found == word);
    list.path.is_ident("serde") && list.tokens.clone().into_iter().any(is_word)
}
