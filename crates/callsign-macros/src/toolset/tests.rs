use quote::quote;

#[test]
fn nothing_goes_around_the_path_of_the_crate() {
    let valid = quote! {
        impl Hotels {
            /// Is valid.
            #[tool]
            async fn valid(&self, city: String, #[state] plan: &Plan) -> Result<String, String> {}
        }
    };
    let mistaken = quote!(
        impl Hotels {}
    );
    for item in [valid, mistaken] {
        let expanded = super::toolset(quote!(crate = vendor::agents), item).to_string();
        assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
        assert!(!expanded.contains("callsign"), "{expanded}");
    }
}

#[test]
fn the_block_stays_as_it_is_written() {
    let block = quote! {
        /// Of hotels.
        #[allow(unused)]
        unsafe impl<T, const N: usize> Hotels<T, { N + 1 }>
        where
            T: Store,
        {
            #![allow(dead_code)]
            const MOST: u32 = 3;
            some_macro! { of any tokens }

            /// Books.
            #[must_use]
            pub(crate) async fn book(&self, mut city: String, #[allow(unused)] r#type: &str) -> u32 {
                body of! (any tokens)
            }
        }
    };
    let marked = quote!(#[tool(group = "a")] pub (crate) async fn book);
    let written = block.to_string();
    let input = written.replacen("pub (crate) async fn book", &marked.to_string(), 1);
    assert_ne!(input, written);
    let expanded = super::toolset(quote!(), input.parse().unwrap_or_default()).to_string();
    assert!(expanded.starts_with(&written), "{expanded}");
}
