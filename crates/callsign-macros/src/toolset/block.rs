//! The `impl` block that a user marked.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Generics, ImplItem, Result, Token, Type};

use crate::signature::function::{self, Function};

/// A block whose functions' bodies are left as they are, unread.
pub(super) struct Block {
    /// Everything before the braces.
    head: TokenStream,
    braces: Group,
    inner: Vec<Attribute>,
    pub(super) items: Vec<Item>,
    pub(super) generics: Generics,
    pub(super) ty: Type,
    /// The trait that it implements, which it should not.
    pub(super) implemented: Option<Type>,
}

/// What stands in a block.
pub(super) enum Item {
    Function(Box<Function>),
    /// Constants, types and macros.
    Other(TokenStream),
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let start = input.cursor().span();
        let mut head: Vec<TokenTree> = input.parse::<TokenStream>()?.into_iter().collect();
        let braces = match head.pop() {
            Some(TokenTree::Group(braces)) if braces.delimiter() == Delimiter::Brace => braces,
            _ => return Err(Error::new(start, FORM)),
        };
        let head: TokenStream = head.into_iter().collect();
        let (ty, generics, implemented) = syn::parse::Parser::parse2(read_head, head.clone())?;
        let (inner, items) = syn::parse::Parser::parse2(read_items, braces.stream())?;
        Ok(Self { head, braces, inner, items, generics, ty, implemented })
    }
}

const FORM: &str = "`#[toolset]` goes on an `impl` block, whose methods are marked with `#[tool]`; \
                    a function is marked with `#[tool]` alone, a struct whose fields are the \
                    arguments with `#[derive(Tool)]`";

fn read_head(input: ParseStream<'_>) -> Result<(Type, Generics, Option<Type>)> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Option<Token![unsafe]>>()?;
    if !input.peek(Token![impl]) {
        return Err(input.error(FORM));
    }
    input.parse::<Token![impl]>()?;
    let mut generics: Generics = input.parse()?;
    input.parse::<Option<Token![!]>>()?;
    let mut ty = input.parse()?;
    let mut implemented = None;
    if input.parse::<Option<Token![for]>>()?.is_some() {
        implemented = Some(std::mem::replace(&mut ty, input.parse()?));
    }
    generics.where_clause = input.parse()?;
    Ok((ty, generics, implemented))
}

fn read_items(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Vec<Item>)> {
    let inner = input.call(Attribute::parse_inner)?;
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(if function::is_ahead(input) {
            Item::Function(input.parse()?)
        } else {
            Item::Other(input.parse::<ImplItem>()?.into_token_stream())
        });
    }
    Ok((inner, items))
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let mut inside = TokenStream::new();
        for attribute in &self.inner {
            attribute.to_tokens(&mut inside);
        }
        for item in &self.items {
            match item {
                Item::Function(function) => function.to_tokens(&mut inside),
                Item::Other(other) => other.to_tokens(&mut inside),
            }
        }
        let mut braces = Group::new(Delimiter::Brace, inside);
        braces.set_span(self.braces.span());
        self.head.to_tokens(tokens);
        braces.to_tokens(tokens);
    }
}
