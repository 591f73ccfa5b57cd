//! What can be told from a type as it is written.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, Type, TypeParamBound, TypePath};

/// The type, without the parentheses and the groups that `macro_rules!` puts around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        ty => ty,
    }
}

/// Whether it is called `Context`, wherever it is taken from.
pub(crate) fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Context" && last.arguments.is_none())
}

/// Whether it is `str`.
pub(crate) fn is_str(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.is_ident("str"))
}

/// The first part, from the outside in, for which `found` has an answer.
pub(crate) fn find<'a, T>(ty: &'a Type, found: &impl Fn(Part<'a>) -> Option<T>) -> Option<T> {
    if let Some(answer) = found(Part::Type(ty)) {
        return Some(answer);
    }
    match ty {
        Type::Paren(ty) => find(&ty.elem, found),
        Type::Group(ty) => find(&ty.elem, found),
        Type::Array(ty) => find(&ty.elem, found),
        Type::Slice(ty) => find(&ty.elem, found),
        Type::Reference(ty) => find(&ty.elem, found),
        Type::Tuple(ty) => ty.elems.iter().find_map(|ty| find(ty, found)),
        Type::Path(path) => arguments(path).find_map(|argument| match argument {
            GenericArgument::Type(ty) => find(ty, found),
            GenericArgument::Lifetime(lifetime) => found(Part::Lifetime(lifetime)),
            _ => None,
        }),
        _ => None,
    }
}

/// A part of a type.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Type(&'a Type),
    Lifetime(&'a syn::Lifetime),
}

/// The reference or the lifetime because of which a type does not own its data.
pub(crate) fn borrowed(ty: &Type) -> Option<&dyn ToTokens> {
    find(ty, &|part| match part {
        Part::Type(Type::Reference(reference)) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => None,
            _ => Some(reference as &dyn ToTokens),
        },
        Part::Lifetime(lifetime) if lifetime.ident != "static" => Some(lifetime),
        _ => None,
    })
}

/// The type of a future, written as `impl Future`, boxed, or by the names that the `futures` crate
/// has for boxed ones.
pub(crate) fn future(ty: &Type) -> Option<&Type> {
    let ty = bare(ty);
    let is_future = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => is_named(&bound.path, &["Future", "IntoFuture"]),
        _ => false,
    };
    let found = match ty {
        Type::ImplTrait(hidden) => hidden.bounds.iter().any(is_future),
        Type::TraitObject(object) => object.bounds.iter().any(is_future),
        Type::Path(path) if is_named(&path.path, &["BoxFuture", "LocalBoxFuture"]) => true,
        Type::Path(path) if is_named(&path.path, &["Pin", "Box"]) => {
            return arguments(path).find_map(|argument| match argument {
                GenericArgument::Type(inner) => future(inner).map(|_| ty),
                _ => None,
            });
        }
        _ => false,
    };
    found.then_some(ty)
}

fn is_named(path: &Path, names: &[&str]) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Whether one of these words is part of the type as it is written.
pub(crate) fn mentions(ty: &Type, words: &[String]) -> bool {
    fn search(tokens: TokenStream, words: &[String]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => words.iter().any(|wanted| word == wanted),
            TokenTree::Group(group) => search(group.stream(), words),
            _ => false,
        })
    }
    search(ty.to_token_stream(), words)
}

/// The generic arguments of all of a path's segments.
pub(crate) fn arguments(path: &TypePath) -> impl Iterator<Item = &GenericArgument> {
    let segments = path.path.segments.iter();
    let lists = segments.filter_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    });
    lists.flatten()
}
