//! Schemas without references.

use serde_json::{Map, Value, json};

/// The schema with each `$ref` into it replaced by what it points to. A type that holds itself
/// has no end so: within itself it is an object of which nothing is said.
pub(crate) fn inlined(schema: &Value) -> Value {
    let mut out = walk(schema, schema, &mut Vec::new());
    if let Value::Object(fields) = &mut out {
        fields.remove("$defs");
        fields.remove("definitions");
    }
    out
}

fn walk<'a>(value: &'a Value, root: &'a Value, within: &mut Vec<&'a str>) -> Value {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Array(items) => {
            return items.iter().map(|item| walk(item, root, within)).collect();
        }
        other => return other.clone(),
    };
    let pointer = fields.get("$ref").and_then(Value::as_str);
    let mut out = match pointer.and_then(|pointer| Some((pointer, target(root, pointer)?))) {
        Some((pointer, _)) if within.contains(&pointer) => {
            Map::from_iter([("type".to_owned(), json!("object"))])
        }
        Some((pointer, target)) => {
            within.push(pointer);
            let walked = walk(target, root, within);
            within.pop();
            match walked {
                Value::Object(fields) => fields,
                // `true` allows everything, and so does a schema that says nothing.
                _ => Map::new(),
            }
        }
        None => Map::new(),
    };
    for (name, field) in fields {
        let resolved = name == "$ref" && pointer.is_some_and(|at| target(root, at).is_some());
        // What is defined at the root is walked where it is pointed to.
        if !resolved && name != "$defs" && name != "definitions" {
            out.insert(name.clone(), walk(field, root, within));
        }
    }
    Value::Object(out)
}

/// What a reference into the same schema points to.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}
