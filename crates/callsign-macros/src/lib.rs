//! The attributes of Callsign: `#[tool]` makes a function something that a model can call, and
//! `#[data]` makes a type something that a model can send or read.
//!
//! Users take them from the `callsign` crate.

mod data;
mod errors;
mod keys;
mod names;
mod tool;

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn tool(attributes: TokenStream, item: TokenStream) -> TokenStream {
    tool::tool(attributes.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn data(attributes: TokenStream, item: TokenStream) -> TokenStream {
    data::data(attributes.into(), item.into()).into()
}
