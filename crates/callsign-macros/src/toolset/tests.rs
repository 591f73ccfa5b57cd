use quote::quote;

#[test]
fn expansion_and_stub_use_the_given_crate_path() {
    let valid = quote! {
        impl Hotels {
            /// Is valid.
            #[tool]
            async fn valid(&self, city: String, #[state] plan: &Plan) -> Result<String, String> {}
        }
    };
    let invalid = quote!(
        impl Hotels {}
    );
    for item in [valid, invalid] {
        let expanded = super::toolset(quote!(crate = vendor::agents), item).to_string();
        assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
        assert!(!expanded.contains("callsign"), "{expanded}");
    }
}

#[test]
fn block_is_unchanged_except_for_tool_attributes() {
    let block = quote! {
        /// Of hotels.
        #[allow(unused)]
        unsafe impl<T, const N: usize> Hotels<T, { N + 1 }>
        where
            T: Store,
        {
            #![allow(dead_code)]
            const MAX: u32 = 3;
            some_macro! { of any tokens }

            /// Books.
            #[must_use]
            pub(crate) async fn book(&self, mut city: String, #[allow(unused)] r#type: &str) -> u32 {
                body of! (any tokens)
            }
        }
    };
    let with_attribute = quote!(#[tool(group = "a")] pub (crate) async fn book);
    let expected = block.to_string();
    let input = expected.replacen("pub (crate) async fn book", &with_attribute.to_string(), 1);
    assert_ne!(input, expected);
    let expanded = super::toolset(quote!(), input.parse().unwrap_or_default()).to_string();
    assert!(expanded.starts_with(&expected), "{expanded}");
}
