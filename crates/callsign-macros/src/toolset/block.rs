//! Parser of the `impl` block under `#[toolset]`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Generics, ImplItem, Result, Token, Type};

use crate::signature::function::{self, Function};

/// An `impl` block. The bodies of its functions are kept as tokens and not parsed.
pub(super) struct Block {
    /// The tokens before the braces.
    head: TokenStream,
    braces: Group,
    inner: Vec<Attribute>,
    pub(super) items: Vec<Item>,
    pub(super) generics: Generics,
    pub(super) ty: Type,
    /// The trait that the block implements, which is an error.
    pub(super) implemented_trait: Option<Type>,
}

/// An item of a block.
pub(super) enum Item {
    Function(Box<Function>),
    /// A constant, a type or a macro.
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
        let (ty, generics, implemented_trait) =
            syn::parse::Parser::parse2(parse_head, head.clone())?;
        let (inner, items) = syn::parse::Parser::parse2(parse_items, braces.stream())?;
        Ok(Self { head, braces, inner, items, generics, ty, implemented_trait })
    }
}

const FORM: &str = "`#[toolset]` belongs on an `impl` block with `#[tool]` methods: for a \
                    function, write `#[tool]`; for a struct whose fields are the arguments, write \
                    `#[derive(Tool)]`";

fn parse_head(input: ParseStream<'_>) -> Result<(Type, Generics, Option<Type>)> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Option<Token![unsafe]>>()?;
    if !input.peek(Token![impl]) {
        return Err(input.error(FORM));
    }
    input.parse::<Token![impl]>()?;
    let mut generics: Generics = input.parse()?;
    input.parse::<Option<Token![!]>>()?;
    let mut ty = input.parse()?;
    let mut implemented_trait = None;
    if input.parse::<Option<Token![for]>>()?.is_some() {
        implemented_trait = Some(std::mem::replace(&mut ty, input.parse()?));
    }
    generics.where_clause = input.parse()?;
    Ok((ty, generics, implemented_trait))
}

fn parse_items(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Vec<Item>)> {
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
