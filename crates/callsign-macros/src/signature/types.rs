//! Inspection of types as syntax, before name resolution.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, Type, TypeParamBound, TypePath};

/// Returns the type without parentheses, and without the groups that `macro_rules!` adds.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        ty => ty,
    }
}

/// Returns whether the last path segment of the type is `Context`.
pub(crate) fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Context" && last.arguments.is_none())
}

/// Returns whether the type is `str`.
pub(crate) fn is_str(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.is_ident("str"))
}

/// Returns the first `Some` that `predicate` returns for a part of the type, from the outside in.
pub(crate) fn find<'a, T>(ty: &'a Type, predicate: &impl Fn(Part<'a>) -> Option<T>) -> Option<T> {
    if let Some(found) = predicate(Part::Type(ty)) {
        return Some(found);
    }
    match ty {
        Type::Paren(ty) => find(&ty.elem, predicate),
        Type::Group(ty) => find(&ty.elem, predicate),
        Type::Array(ty) => find(&ty.elem, predicate),
        Type::Slice(ty) => find(&ty.elem, predicate),
        Type::Reference(ty) => find(&ty.elem, predicate),
        Type::Tuple(ty) => ty.elems.iter().find_map(|ty| find(ty, predicate)),
        Type::Path(path) => arguments(path).find_map(|argument| match argument {
            GenericArgument::Type(ty) => find(ty, predicate),
            GenericArgument::Lifetime(lifetime) => predicate(Part::Lifetime(lifetime)),
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

/// Returns the reference or lifetime that makes a type borrow, or `None` if it owns its data.
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

/// Returns the type if it is a future: `impl Future`, a boxed `dyn Future`, or one of the aliases of
/// the `futures` crate.
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

/// Returns whether one of `names` occurs in the type.
pub(crate) fn mentions(ty: &Type, names: &[String]) -> bool {
    fn search(tokens: TokenStream, names: &[String]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => names.iter().any(|name| ident == name),
            TokenTree::Group(group) => search(group.stream(), names),
            _ => false,
        })
    }
    search(ty.to_token_stream(), names)
}

/// Returns the generic arguments of all segments of a path.
pub(crate) fn arguments(path: &TypePath) -> impl Iterator<Item = &GenericArgument> {
    let segments = path.path.segments.iter();
    let lists = segments.filter_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    });
    lists.flatten()
}
