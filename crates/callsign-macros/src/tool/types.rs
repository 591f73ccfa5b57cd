//! What can be told from a type as it is written.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypePath};

/// The type, without the parentheses and the groups that `macro_rules!` puts around it.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        ty => ty,
    }
}

/// Whether it is called `Context`, wherever it is taken from.
pub(super) fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Context" && last.arguments.is_none())
}

/// Whether it is `str`.
pub(super) fn is_str(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.is_ident("str"))
}

/// The first part, from the outside in, for which `found` has an answer.
pub(super) fn find<'a, T>(ty: &'a Type, found: &impl Fn(Part<'a>) -> Option<T>) -> Option<T> {
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
pub(super) enum Part<'a> {
    Type(&'a Type),
    Lifetime(&'a syn::Lifetime),
}

/// The reference or the lifetime because of which a type does not own its data.
pub(super) fn borrowed(ty: &Type) -> Option<&dyn ToTokens> {
    find(ty, &|part| match part {
        Part::Type(Type::Reference(reference)) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => None,
            _ => Some(reference as &dyn ToTokens),
        },
        Part::Lifetime(lifetime) if lifetime.ident != "static" => Some(lifetime),
        _ => None,
    })
}

/// The generic arguments of all of a path's segments.
pub(super) fn arguments(path: &TypePath) -> impl Iterator<Item = &GenericArgument> {
    let segments = path.path.segments.iter();
    let lists = segments.filter_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    });
    lists.flatten()
}
