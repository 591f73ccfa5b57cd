//! Expansion of a tool's definition.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Type};

use super::documentation;
use super::name::Name;
use super::parameters::Parameter;
use crate::settings::ToolAttributes;

/// The parts of a definition.
pub(crate) struct Definition<'a> {
    pub(crate) name: &'a Name,
    pub(crate) attributes: &'a ToolAttributes,
    /// The item's own attributes, with its doc comment.
    pub(crate) documentation: &'a [Attribute],
    pub(crate) parameters: &'a [Parameter],
    /// The expression of the arguments' decoder.
    pub(crate) decoder: TokenStream,
    /// The type of `call`.
    pub(crate) call_type: TokenStream,
    /// The closure that calls the tool.
    pub(crate) call: TokenStream,
}

impl Definition<'_> {
    /// Returns the definition as an expression, with the fields that the user specified.
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { name, attributes, documentation, parameters, decoder, call_type, call } = self;
        let name = &name.text;
        let description = documentation.iter().filter_map(documentation::text);
        let new = quote! {
            __p::Definition::<#call_type>::new(
                #name,
                ::core::module_path!(),
                &[#(#description),*],
                #decoder.schema,
                #call,
            )
        };
        let state = parameters.iter().filter_map(|parameter| match parameter {
            Parameter::State(ty) => Some(ty),
            _ => None,
        });
        let context = parameters.iter().filter_map(|parameter| match parameter {
            Parameter::RunContext(ty) => Some(ty),
            _ => None,
        });
        let mut fields = attributes.fields();
        fields.extend(type_entries(&quote!(required_state), state));
        fields.extend(type_entries(&quote!(required_context), context));
        if fields.is_empty() { new } else { quote!(__p::Definition { #(#fields,)* ..#new }) }
    }
}

/// Returns a field with the identities and names of types, or `None` if there are none.
fn type_entries<'a>(
    field: &TokenStream,
    types: impl Iterator<Item = &'a Type>,
) -> Option<TokenStream> {
    let entries: Vec<_> = types
        .map(|ty| quote!((::core::any::TypeId::of::<#ty>, ::core::any::type_name::<#ty>)))
        .collect();
    (!entries.is_empty()).then(|| quote!(#field: &[#(#entries),*]))
}
