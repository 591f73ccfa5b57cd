//! A function or a method that a user marked.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Result, Signature, Token, Visibility};

/// A function whose body is left as it is, unread.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenTree,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if !is_function(input) {
            return Err(input.error(instead(input)));
        }
        let signature = input.parse()?;
        let body = input.parse()?;
        Ok(Self { attributes, visibility, signature, body })
    }
}

/// Whether an item with attributes and a visibility is a function.
pub(crate) fn is_ahead(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer).is_ok()
        && ahead.parse::<Visibility>().is_ok()
        && is_function(&ahead)
}

/// Whether what follows begins as a function does.
fn is_function(input: ParseStream<'_>) -> bool {
    input.peek(Token![fn])
        || input.peek(Token![async])
        || input.peek(Token![extern])
        || (input.peek(Token![unsafe]) && (input.peek2(Token![fn]) || input.peek2(Token![extern])))
        || (input.peek(Token![const])
            && (input.peek2(Token![fn])
                || input.peek2(Token![async])
                || input.peek2(Token![unsafe])
                || input.peek2(Token![extern])))
}

/// What goes on this item, which is no function.
fn instead(input: ParseStream<'_>) -> &'static str {
    if input.peek(Token![impl]) || (input.peek(Token![unsafe]) && input.peek2(Token![impl])) {
        return "`#[tool]` goes on a function: write `#[toolset]` above the block, and `#[tool]` \
                above each of its methods that the model may call";
    }
    if input.peek(Token![struct]) {
        return "`#[tool]` goes on a function: a struct whose fields are the arguments is marked \
                with `#[derive(Tool)]`, above its `#[tool(…)]`; a type that a tool takes or \
                returns with `#[data]`";
    }
    if input.peek(Token![trait]) {
        return "`#[tool]` goes on a function: make a tool of what implements the trait";
    }
    "`#[tool]` goes on a function; a type that a tool takes or returns is marked with `#[data]`"
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
