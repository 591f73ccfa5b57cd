use quote::quote;

#[test]
fn expansion_and_stub_use_the_given_crate_path() {
    let valid = quote! {
        /// Is valid.
        #[tool(crate = vendor::agents)]
        struct Valid { city: String }
    };
    let invalid = quote! {
        #[tool(crate = vendor::agents)]
        struct Invalid;
    };
    for item in [valid, invalid] {
        let expanded = super::derive(item).to_string();
        assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
        assert!(!expanded.contains("callsign"), "{expanded}");
    }
}
