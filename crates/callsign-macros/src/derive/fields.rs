//! Classification of the struct's fields as arguments of the tool.

use syn::{Attribute, Data, DeriveInput, Field, Fields};

use crate::errors::Errors;
use crate::signature::by_reference;
use crate::signature::parameters::{Argument, Parameter};

/// Returns the fields of a struct with named fields. Reports an error for any other type.
pub(super) fn classify(input: &DeriveInput, errors: &mut Errors) -> Vec<Parameter> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            errors.push(
                data.enum_token,
                "a tool's arguments are the fields of a struct: write a struct with a field of \
                 the enum's type, and add `#[data]` to the enum",
            );
            return Vec::new();
        }
        Data::Union(data) => {
            errors.push(
                data.union_token,
                "a tool's arguments are the fields of a struct: write a struct",
            );
            return Vec::new();
        }
    };
    match fields {
        Fields::Named(fields) => {
            fields.named.iter().filter_map(|field| classify_one(field, errors)).collect()
        }
        Fields::Unnamed(fields) => {
            errors.push(
                fields,
                "a tool's arguments need names, which the model uses: write `{ name: Type }`",
            );
            Vec::new()
        }
        Fields::Unit => {
            errors.push(
                &input.ident,
                "a unit struct has no fields: write `{}` instead of `;`, or write a function under \
                 `#[tool]`",
            );
            Vec::new()
        }
    }
}

fn classify_one(field: &Field, errors: &mut Errors) -> Option<Parameter> {
    let name = field.ident.clone()?;
    let mut attributes = Vec::new();
    for attribute in &field.attrs {
        if let Some(message) = rejection(attribute) {
            errors.push(attribute, message);
            return None;
        }
        let path = attribute.path();
        if ["doc", "serde", "schemars"].iter().any(|known| path.is_ident(known)) {
            attributes.push(attribute.clone());
        }
    }
    by_reference::check(&field.ty, &by_reference::FIELD, errors).then(|| {
        Parameter::Argument(Argument {
            attributes,
            name,
            ty: field.ty.clone(),
            by_reference: false,
        })
    })
}

/// Returns the message for an attribute that a field can't have, or `None` if it can.
fn rejection(attribute: &Attribute) -> Option<&'static str> {
    let path = attribute.path();
    if path.is_ident("state") {
        return Some(
            "a field is an argument: for the agent's state, write `context.state::<T>()` in `call`",
        );
    }
    if path.is_ident("context") {
        return Some(
            "a field is an argument: for a context value of the run, write \
             `context.context::<T>()` in `call`",
        );
    }
    if path.is_ident("tool") {
        return Some("settings belong on the struct: write `#[tool(…)]` above it");
    }
    None
}
