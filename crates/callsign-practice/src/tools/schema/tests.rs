use serde_json::json;

use super::*;

fn tool(parameters: Value) -> OfferedTool {
    OfferedTool::parse(&json!({"name": "a_tool", "parameters": parameters}))
}

#[test]
fn roles_follow_from_names_and_descriptions() {
    let check = |name: &str, schema: Value, role: Role| {
        let tool = tool(json!({"type": "object", "properties": {name: schema}}));
        assert_eq!(tool.parameters[0].role, role, "{name}");
    };
    let text = |description: &str| json!({"type": "string", "description": description});
    check("origin_city", text(""), Role::Origin);
    check("toAirport", text(""), Role::Destination);
    check("departure_date", text(""), Role::Date);
    check("return_date", text(""), Role::EndDate);
    check("flight_number", text(""), Role::FlightCode);
    check("number", text("The flight number."), Role::FlightCode);
    check("name", text("Name of the city."), Role::Place);
    check("query", text(""), Role::FreeText);
    check("query", json!({"type": "array", "items": {"type": "string"}}), Role::FreeText);
    check("to_email", text(""), Role::Email);
    check("destination_count", json!({"type": "integer"}), Role::Other);
}

#[test]
fn nullable_and_referenced_schemas_are_resolved() {
    let tool = tool(json!({
        "type": "object",
        "required": ["c"],
        "properties": {
            "a": {"type": ["integer", "null"], "maximum": 9},
            "b": {"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}], "description": "Unit."},
            "c": {"oneOf": [{"const": "x", "description": "Ex."}, {"const": "y"}]},
        },
        "$defs": {"Unit": {"enum": ["metric", "imperial"]}},
    }));
    let [c, a, b] = &tool.parameters[..] else { panic!("three parameters") };
    assert!(matches!(a.shape, Shape::Integer { maximum: 9.0, .. }));
    assert!(matches!(&b.shape, Shape::Enum(values) if values.len() == 2));
    assert_eq!(b.description, "Unit.");
    assert!(c.required && !a.required);
    assert_eq!(placeholder(c), json!("x"));
    assert_eq!(placeholder(a), json!(0));
}
