//! What stands beside the block: the definitions of its methods.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::attributes::Attributes;
use super::block::Block;
use super::method::Method;
use crate::signature::arguments;
use crate::signature::definition::Definition;
use crate::signature::run::Callee;

/// What makes the methods tools.
pub(super) fn expand(block: &Block, attributes: &Attributes, methods: &[Method]) -> TokenStream {
    let krate = attributes.krate();
    let Block { ty, generics, .. } = block;
    let (parameters, _, conditions) = generics.split_for_impl();
    let definitions = methods.iter().map(|method| {
        let conditions = &method.conditions;
        let definition = definition(&krate, method);
        quote!(#(#conditions)* __definitions.push({ #definition });)
    });
    quote! {
        #[allow(deprecated, non_snake_case)]
        const _: () = {
            use #krate::__private as __p;
            impl #parameters __p::ToolMethods for #ty #conditions {
                fn definitions(
                ) -> ::std::vec::Vec<__p::Definition<__p::MethodCall<Self>>> {
                    #[allow(unused_mut)]
                    let mut __definitions = ::std::vec::Vec::new();
                    #(#definitions)*
                    __definitions
                }
            }
        };
    }
}

/// What is known of a method. A constant could not be generic, as the block may be.
fn definition(krate: &Path, method: &Method) -> TokenStream {
    let Method { name, attributes, signature, parameters, documentation, .. } = method;
    let function = &signature.ident;
    let arguments::Reading { items, call: reading, .. } =
        arguments::reading(krate, &[], parameters);
    let future = Callee {
        path: quote!(Self::#function),
        receiver: signature.receiver().map(|_| quote!(&__this)),
        reading: reading.clone(),
        signature,
        parameters,
    }
    .future();
    let definition = Definition {
        name,
        attributes,
        documentation,
        parameters,
        reading,
        call_type: quote!(__p::MethodCall<Self>),
        call: quote!(|__this, __context, __arguments| -> __p::ToolFuture { #future }),
    }
    .expand();
    quote!(#items #definition)
}
