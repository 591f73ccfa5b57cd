//! The struct's fields, as the arguments of a tool.

use syn::{Attribute, Data, DeriveInput, Field, Fields};

use crate::errors::Errors;
use crate::signature::owned;
use crate::signature::parameters::{Argument, Parameter};

/// The fields of the struct, if it is one with named fields.
pub(super) fn sort(input: &DeriveInput, errors: &mut Errors) -> Vec<Parameter> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            errors.push(
                data.enum_token,
                "a tool's arguments are the fields of a struct: write a struct, with a field of \
                 the enum's type, and mark the enum with `#[data]`",
            );
            return Vec::new();
        }
        Data::Union(data) => {
            errors.push(data.union_token, "a tool's arguments are the fields of a struct");
            return Vec::new();
        }
    };
    match fields {
        Fields::Named(fields) => {
            fields.named.iter().filter_map(|field| sort_one(field, errors)).collect()
        }
        Fields::Unnamed(fields) => {
            errors.push(
                fields,
                "a tool's arguments have names, by which the model fills them: write \
                 `{ name: Type }`",
            );
            Vec::new()
        }
        Fields::Unit => {
            errors.push(
                &input.ident,
                "a tool without arguments is a function under `#[tool]`, or a struct with braces: \
                 write `{}` for `;`",
            );
            Vec::new()
        }
    }
}

fn sort_one(field: &Field, errors: &mut Errors) -> Option<Parameter> {
    let name = field.ident.clone()?;
    let mut ours = Vec::new();
    for attribute in &field.attrs {
        if let Some(message) = refused(attribute) {
            errors.push(attribute, message);
            return None;
        }
        let path = attribute.path();
        if ["doc", "serde", "schemars"].iter().any(|known| path.is_ident(known)) {
            ours.push(attribute.clone());
        }
    }
    owned::check(&field.ty, &owned::FIELD, errors).then(|| {
        Parameter::Argument(Argument { attributes: ours, name, ty: field.ty.clone(), lent: false })
    })
}

/// What to do instead of writing this attribute on a field.
fn refused(attribute: &Attribute) -> Option<&'static str> {
    let path = attribute.path();
    if path.is_ident("state") {
        return Some("a field is an argument: take the state in `call`, by `context.get::<T>()`");
    }
    if path.is_ident("context") {
        return Some(
            "a field is an argument: take what the run was given in `call`, by \
             `context.given::<T>()`",
        );
    }
    if path.is_ident("tool") {
        return Some("settings go above the struct");
    }
    None
}
