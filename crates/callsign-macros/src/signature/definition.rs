//! What an agent has to know of the tool.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Type};

use super::documentation;
use super::name::Name;
use super::parameters::Parameter;
use crate::settings::Attributes;

/// Everything that a definition is made of.
pub(crate) struct Definition<'a> {
    pub(crate) name: &'a Name,
    pub(crate) attributes: &'a Attributes,
    /// The item's own attributes, with its doc comment.
    pub(crate) documentation: &'a [Attribute],
    pub(crate) parameters: &'a [Parameter],
    /// The reading of its arguments.
    pub(crate) reading: TokenStream,
    /// The type of what runs it.
    pub(crate) call_type: TokenStream,
    /// What runs it.
    pub(crate) call: TokenStream,
}

impl Definition<'_> {
    /// The definition as an expression. It says what the user said.
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { name, attributes, documentation, parameters, reading, call_type, call } = self;
        let name = &name.text;
        let description = documentation.iter().filter_map(documentation::text);
        let new = quote! {
            __p::Definition::<#call_type>::new(
                #name,
                ::core::module_path!(),
                &[#(#description),*],
                #reading.schema,
                #call,
            )
        };
        let states = parameters.iter().filter_map(|parameter| match parameter {
            Parameter::State(ty) => Some(ty),
            _ => None,
        });
        let given = parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Given(ty) => Some(ty),
            _ => None,
        });
        let mut fields = attributes.fields();
        fields.extend(types(&quote!(states), states));
        fields.extend(types(&quote!(given), given));
        if fields.is_empty() { new } else { quote!(__p::Definition { #(#fields,)* ..#new }) }
    }
}

/// A field with types, by their identity and name.
fn types<'a>(field: &TokenStream, types: impl Iterator<Item = &'a Type>) -> Option<TokenStream> {
    let entries: Vec<_> = types
        .map(|ty| quote!((::core::any::TypeId::of::<#ty>, ::core::any::type_name::<#ty>)))
        .collect();
    (!entries.is_empty()).then(|| quote!(#field: &[#(#entries),*]))
}
