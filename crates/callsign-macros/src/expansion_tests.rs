//! Snapshots of formatted expansions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use insta::assert_snapshot;
use proc_macro2::TokenStream;
use quote::quote;

/// Formats generated code.
fn pretty(code: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(code).unwrap())
}

#[test]
fn plain_function() {
    let function = quote! {
        /// Greets.
        pub fn greet(name: &str) -> String {
            format!("Hello, {name}")
        }
    };
    assert_snapshot!(pretty(crate::tool::tool(quote!(), function)));
}

#[test]
fn function_with_everything() {
    let attributes = quote! {
        name = "book-room", group = "hotels", idempotent, approval, strict = false,
        errors = "private", timeout = "30s", concurrency = 4, max_result_bytes = "64KB",
        example = r#"{"nights": 2}"#
    };
    let function = quote! {
        /// Books a room.
        ///
        /// It costs something.
        async fn book(
            /// The number of nights.
            nights: u32,
            #[serde(default)] guests: Vec<Guest>,
            #[state] desk: &Desk,
            #[state] clock: &dyn Clock,
            #[context] tenant: &Tenant,
            context: &Context,
        ) -> Result<Room, Full> {
            desk.book(nights)
        }
    };
    assert_snapshot!(pretty(crate::tool::tool(attributes, function)));
}

#[test]
fn methods() {
    let attributes = quote!(prefix = "hotel_", read_only, timeout = "5s");
    let block = quote! {
        impl<T: Store> Hotels<T> {
            /// Lists the rooms.
            #[tool]
            fn rooms(&self) -> Vec<Room> {
                self.store.rooms()
            }

            /// Books a room.
            #[tool(read_only = false)]
            #[cfg(feature = "booking")]
            async fn book(&self, nights: u32, #[state] desk: &Desk<T>) -> Result<T::Room, Full> {
                desk.book(self, nights).await
            }

            fn no_tool(&self) {}
        }
    };
    assert_snapshot!(pretty(crate::toolset::toolset(attributes, block)));
}

#[test]
fn derived() {
    let item = quote! {
        /// Books a table.
        #[tool(sequential)]
        #[serde(rename_all = "camelCase")]
        struct BookTable {
            /// The number of guests.
            guests: u32,
            #[serde(default)]
            place: Place,
        }
    };
    assert_snapshot!(pretty(crate::derive::derive(item)));
}

#[test]
fn stub_of_a_function() {
    let function = quote! {
        fn forecast(city: &[String]) {}
    };
    assert_snapshot!(pretty(crate::tool::tool(quote!(nam = "x"), function)));
}

#[test]
fn stub_of_a_block() {
    let block = quote! {
        impl Hotels {
            #[tool]
            fn book(&mut self) {}
        }
    };
    assert_snapshot!(pretty(crate::toolset::toolset(quote!(), block)));
}

#[test]
fn stub_of_a_derive() {
    assert_snapshot!(pretty(crate::derive::derive(quote!(
        enum Book {}
    ))));
}
