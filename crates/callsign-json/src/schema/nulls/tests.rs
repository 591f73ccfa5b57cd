use serde_json::{Value, json};

use super::remove_absent;

fn removed(schema: &Value, mut value: Value) -> Option<Value> {
    remove_absent(&mut value, schema).then_some(value)
}

#[test]
fn null_of_an_optional_property_is_removed() {
    let schema = json!({ "properties": {
        "a": { "type": "string" },
        "b": { "type": ["string", "null"] },
        "c": { "type": "string" },
        "d": { "type": "string", "nullable": true },
        "e": {},
        "f": { "type": "array", "items": { "$ref": "#" } },
    }, "required": ["c"] });
    let value = json!({ "a": null, "b": null, "c": null, "d": null, "e": null, "x": null,
        "f": [{ "a": null }, null] });
    let expected =
        json!({ "b": null, "c": null, "d": null, "e": null, "x": null, "f": [{}, null] });
    assert_eq!(removed(&schema, value), Some(expected));
    assert_eq!(removed(&schema, json!({ "a": "x", "b": null })), None);
    assert_eq!(removed(&schema, json!({ "a": "x" })), None);
}
