//! `#[tool]`, in stages: attributes, parameters, what is valid, the expansion; a stub on error.

mod arguments;
mod attributes;
mod documentation;
mod expand;
mod function;
mod owned;
mod parameters;
mod returned;
mod stub;
mod time;
mod types;
mod valid;

use proc_macro2::TokenStream;
use quote::quote;

use self::attributes::Attributes;
use self::function::Function;
use crate::errors::Errors;
use crate::keys;

/// The function as it was written, and beside it what makes it a tool.
pub(crate) fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let attributes: Attributes = keys::read(attributes, &mut errors);
    let parameters = parameters::sort(&mut function.signature, &mut errors);
    valid::check(&function, &attributes, &mut errors);
    let beside = if errors.is_empty() {
        expand::expand(&function, &attributes, &parameters)
    } else {
        stub::stub(&function, &attributes, &errors)
    };
    quote!(#function #beside)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    /// All of the expansion, the stub as well, reaches the crate by the path that was given.
    #[test]
    fn nothing_goes_around_the_path_of_the_crate() {
        let valid = quote! {
            /// Is valid.
            pub async fn valid(city: String, #[state] plan: &Plan) -> Result<String, String> {}
        };
        let mistaken = quote!(
            fn mistaken() {}
        );
        for item in [valid, mistaken] {
            let expanded = super::tool(quote!(crate = vendor::agents), item).to_string();
            assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
            assert!(!expanded.contains("callsign"), "{expanded}");
        }
    }

    #[test]
    fn the_function_stays_as_it_is_written() {
        let function = quote! {
            /// Books.
            #[must_use]
            pub(crate) async fn book(mut city: String, #[allow(unused)] r#type: &str) -> u32 {
                let r#type = { 1 + 2 };
                body of! (any tokens)
            }
        };
        let expanded = super::tool(quote!(), function.clone()).to_string();
        assert!(expanded.starts_with(&function.to_string()), "{expanded}");
    }
}
