use quote::quote;

#[test]
fn nothing_goes_around_the_path_of_the_crate() {
    let valid = quote! {
        /// Is valid.
        #[tool(crate = vendor::agents)]
        struct Valid { city: String }
    };
    let mistaken = quote! {
        #[tool(crate = vendor::agents)]
        struct Mistaken;
    };
    for item in [valid, mistaken] {
        let expanded = super::derive(item).to_string();
        assert!(expanded.contains("vendor :: agents :: __private"), "{expanded}");
        assert!(!expanded.contains("callsign"), "{expanded}");
    }
}
