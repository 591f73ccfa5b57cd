//! Expansion of the arguments: a struct with a field for each, and its decoder.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Meta, Path, Type};

use super::json_name::json_names;
use super::parameters::{Argument, Parameter, arguments};

/// The generated code that decodes the arguments of a tool.
pub(crate) struct DecoderCode {
    /// `struct __Arguments` and `fn __decoder`.
    ///
    /// The struct is generic over its field types, so that its derives compile for any type. Only
    /// `__decoder::<…>()` has bounds: the compiler reports an unsuitable type once, at the user's
    /// token.
    pub(crate) items: TokenStream,
    /// The struct with its actual types, `__Arguments<…>`.
    pub(crate) arguments: TokenStream,
    /// The expression that creates the decoder, `__decoder::<…>()`.
    pub(crate) new: TokenStream,
}

/// Returns the decoder for the arguments among `parameters`. The struct gets `attributes`.
pub(crate) fn decoder_code(
    krate: &Path,
    attributes: &[Attribute],
    parameters: &[Parameter],
) -> DecoderCode {
    let serde = quote!(#krate::__private::serde).to_string();
    let schemars = quote!(#krate::__private::schemars).to_string();
    let fields: Vec<_> = arguments(parameters)
        .zip(json_names(attributes, parameters))
        .enumerate()
        .map(|(number, (argument, json_name))| Field::new(number, argument, json_name))
        .collect();
    // With `deny_unknown_fields`, serde also rejects the keys that a flattened field takes.
    let flattens =
        |field: &Field<'_>| field.attributes.iter().any(|it| has_serde_option(it, "flatten"));
    let is_open = fields.iter().any(flattens);
    let is_explicit = attributes.iter().any(|it| has_serde_option(it, "deny_unknown_fields"));
    let strict = (!is_open && !is_explicit).then(|| quote!(#[serde(deny_unknown_fields)]));
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
        const fn __decoder<#(#generics: __p::Argument),*>(
        ) -> __p::ArgumentDecoder<__Arguments<#(#generics),*>> {
            __p::ArgumentDecoder::new()
        }
    };
    let arguments = quote!(__Arguments<#(#types),*>);
    DecoderCode { items, arguments, new: quote!(__decoder::<#(#types),*>()) }
}

struct Field<'a> {
    attributes: &'a [Attribute],
    name: &'a Ident,
    /// The name in JSON if it is another one.
    json_name: Option<String>,
    ty: &'a Type,
    /// The type parameter for the field's type; `None` if the struct names the type itself.
    generic: Option<Ident>,
}

impl<'a> Field<'a> {
    fn new(number: usize, argument: &'a Argument, json_name: Option<String>) -> Self {
        let Argument { attributes, name, ty, .. } = argument;
        // With attributes such as `#[serde(with = …)]`, the field needs its actual type, and that
        // type need not implement the traits.
        let generic = argument.serde().next().is_none().then(|| format_ident!("__T{number}"));
        Self { attributes, name, json_name, ty, generic }
    }
}

impl ToTokens for Field<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, name, json_name, ty, generic } = self;
        let rename = json_name.as_ref().map(|name| quote!(#[serde(rename = #name)]));
        tokens.extend(match generic {
            Some(generic) => quote!(#rename #(#attributes)* #name: #generic),
            None => quote!(#rename #(#attributes)* #name: #ty),
        });
    }
}

/// Returns whether this is a `#[serde(…)]` attribute that contains `option`.
pub(crate) fn has_serde_option(attribute: &Attribute, option: &str) -> bool {
    attribute.path().is_ident("serde") && has_option(attribute, option)
}

/// Returns whether this is an attribute with a list that contains `option`.
pub(crate) fn has_option(attribute: &Attribute, option: &str) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let is_option = |token| matches!(token, TokenTree::Ident(ident) if ident == option);
    list.tokens.clone().into_iter().any(is_option)
}
