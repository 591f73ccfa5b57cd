//! Flattens nested parameters into leaves, and assembles their values into nested arguments.

use serde_json::{Map, Value};

use crate::tools::schema::{Param, Shape, missing_labels};

/// A parameter without fields of its own, at any depth.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// The names of the enclosing parameters, and its own name last.
    pub(super) path: Vec<&'a str>,
    /// Whether it and all enclosing parameters are required.
    pub(super) required: bool,
    pub(super) param: &'a Param,
}

/// Returns the leaves of all parameters, in order.
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

/// Returns the nested arguments. An optional object without all of its required fields is omitted.
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
                let is_kept = !inner.is_empty()
                    && (param.required || missing_labels(fields, &inner).is_empty());
                is_kept.then_some(Value::Object(inner))
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
