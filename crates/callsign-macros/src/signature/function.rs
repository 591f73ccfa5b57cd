//! Parser of a function or a method under `#[tool]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Result, Signature, Token, Visibility};

/// A function. Its body is kept as tokens and not parsed.
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
            return Err(input.error(wrong_item(input)));
        }
        let signature = input.parse()?;
        let body = input.parse()?;
        Ok(Self { attributes, visibility, signature, body })
    }
}

/// Returns whether the next item, after attributes and visibility, is a function.
pub(crate) fn is_ahead(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer).is_ok()
        && ahead.parse::<Visibility>().is_ok()
        && is_function(&ahead)
}

/// Returns whether the next tokens start a function.
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

/// Returns the message for an item that is not a function: which attribute it takes.
fn wrong_item(input: ParseStream<'_>) -> &'static str {
    if input.peek(Token![impl]) || (input.peek(Token![unsafe]) && input.peek2(Token![impl])) {
        return "`#[tool]` belongs on a function: write `#[toolset]` above the block, and `#[tool]` \
                above each method that the model may call";
    }
    if input.peek(Token![struct]) {
        return "`#[tool]` belongs on a function: for a struct whose fields are the arguments, write \
                `#[derive(Tool)]` above `#[tool(…)]`; for a type that a tool takes or returns, \
                write `#[data]`";
    }
    if input.peek(Token![trait]) {
        return "`#[tool]` belongs on a function: for a trait, write a function that takes an \
                implementation as `#[state] value: &dyn Trait`";
    }
    "`#[tool]` belongs on a function: for a type that a tool takes or returns, write `#[data]`"
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
