use quote::quote;

#[test]
fn expansion_and_stub_use_the_given_crate_path() {
    let valid = quote! {
        /// Is valid.
        pub async fn valid(city: String, #[state] plan: &Plan) -> Result<String, String> {}
    };
    let invalid = quote!(
        fn invalid() {}
    );
    for item in [valid, invalid] {
        let expanded = super::tool(quote!(crate = vendor::agents), item).to_string();
        assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
        assert!(!expanded.contains("callsign"), "{expanded}");
    }
}

#[test]
fn function_is_unchanged() {
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
