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
