//! Missing values: which are required, and placeholders for calls that a request forces.

use serde_json::{Map, Value};

use super::{Param, Shape};

/// Returns the labels of the required values that `args` lacks, also within objects.
pub(crate) fn missing_labels(params: &[Param], args: &Map<String, Value>) -> Vec<String> {
    let mut labels = Vec::new();
    for param in params.iter().filter(|param| param.required || args.contains_key(&param.name)) {
        match (&param.shape, args.get(&param.name)) {
            (Shape::Object(fields), Some(Value::Object(inner))) => {
                labels.extend(missing_labels(fields, inner));
            }
            (Shape::Object(fields), None) if fields.iter().any(|field| field.required) => {
                labels.extend(missing_labels(fields, &Map::new()));
            }
            (_, None) => labels.push(param.label()),
            _ => {}
        }
    }
    labels
}

/// Returns a value of the right type that carries no information, such as an empty string.
pub(crate) fn placeholder(param: &Param) -> Value {
    match &param.shape {
        Shape::String { .. } => Value::from(""),
        Shape::Integer { minimum, maximum } | Shape::Number { minimum, maximum } => {
            let value = 0_f64.max(*minimum).min(*maximum);
            if matches!(param.shape, Shape::Integer { .. }) {
                integer_value(value.ceil())
            } else {
                Value::from(value)
            }
        }
        Shape::Boolean => Value::from(false),
        Shape::Enum(values) => values.first().cloned().unwrap_or(Value::Null),
        Shape::Const(value) => value.clone(),
        Shape::Array(_) => Value::Array(Vec::new()),
        Shape::Object(fields) => {
            let required = fields.iter().filter(|field| field.required);
            Value::Object(
                required
                    .map(|field| (field.name.clone(), placeholder(field)))
                    .collect::<Map<_, _>>(),
            )
        }
        Shape::Any => Value::Null,
    }
}

/// Returns a whole number as a JSON integer.
pub(crate) fn integer_value(value: f64) -> Value {
    Value::from(value as i64)
}
