//! Flattening nested parameters, and putting what was filled back into their shape.

use serde_json::{Map, Value};

use crate::practice::schema::{Param, Shape, lacks};

/// A parameter that holds no other, wherever it stands.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// The names that lead to it, its own last.
    pub(super) path: Vec<&'a str>,
    /// Whether it and all that it stands in are required.
    pub(super) required: bool,
    pub(super) param: &'a Param,
}

/// The leaves of all parameters, in order.
pub(super) fn collect(params: &[Param]) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    descend(params, &mut Vec::new(), true, &mut leaves);
    leaves
}

fn descend<'a>(
    params: &'a [Param],
    path: &mut Vec<&'a str>,
    required: bool,
    leaves: &mut Vec<Leaf<'a>>,
) {
    for param in params {
        path.push(&param.name);
        let required = required && param.required;
        match &param.shape {
            Shape::Object(fields) if !fields.is_empty() => descend(fields, path, required, leaves),
            _ => leaves.push(Leaf { path: path.clone(), required, param }),
        }
        path.pop();
    }
}

/// The arguments in their shape. An optional object that isn't complete is left out.
pub(super) fn assemble<'a>(
    params: &'a [Param],
    path: &mut Vec<&'a str>,
    leaves: &[Leaf<'_>],
    values: &[Option<Value>],
) -> Map<String, Value> {
    let mut args = Map::new();
    for param in params {
        path.push(&param.name);
        let value = match &param.shape {
            Shape::Object(fields) if !fields.is_empty() => {
                let inner = assemble(fields, path, leaves, values);
                let stays =
                    !inner.is_empty() && (param.required || lacks(fields, &inner).is_empty());
                stays.then_some(Value::Object(inner))
            }
            _ => {
                leaves.iter().position(|leaf| leaf.path == *path).and_then(|at| values[at].clone())
            }
        };
        path.pop();
        if let Some(value) = value {
            args.insert(param.name.clone(), value);
        }
    }
    args
}
