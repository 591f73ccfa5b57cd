//! Values that are not there: which are lacking, and what stands in for them where a call is forced.

use serde_json::{Map, Value};

use super::{Param, Shape};

/// Labels of what is required and not there, also within objects.
pub(in crate::practice) fn lacks(params: &[Param], args: &Map<String, Value>) -> Vec<String> {
    let mut labels = Vec::new();
    for param in params.iter().filter(|param| param.required || args.contains_key(&param.name)) {
        match (&param.shape, args.get(&param.name)) {
            (Shape::Object(fields), Some(Value::Object(inner))) => {
                labels.extend(lacks(fields, inner));
            }
            (Shape::Object(fields), None) if fields.iter().any(|field| field.required) => {
                labels.extend(lacks(fields, &Map::new()));
            }
            (_, None) => labels.push(param.label()),
            _ => {}
        }
    }
    labels
}

/// A value of the right shape that says nothing, for where a call is forced and the sentence gives nothing.
pub(in crate::practice) fn blank(param: &Param) -> Value {
    match &param.shape {
        Shape::Text { .. } => Value::from(""),
        Shape::Integer { least, most } | Shape::Number { least, most } => {
            let value = 0_f64.max(*least).min(*most);
            if matches!(param.shape, Shape::Integer { .. }) {
                whole(value.ceil())
            } else {
                Value::from(value)
            }
        }
        Shape::Boolean => Value::from(false),
        Shape::Choice(values) => values.first().cloned().unwrap_or(Value::Null),
        Shape::Fixed(value) => value.clone(),
        Shape::List(_) => Value::Array(Vec::new()),
        Shape::Object(fields) => {
            let required = fields.iter().filter(|field| field.required);
            Value::Object(
                required.map(|field| (field.name.clone(), blank(field))).collect::<Map<_, _>>(),
            )
        }
        Shape::Unknown => Value::Null,
    }
}

/// A whole number as JSON writes it.
pub(in crate::practice) fn whole(value: f64) -> Value {
    Value::from(value as i64)
}
