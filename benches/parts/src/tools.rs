//! A small and a larger tool schema, with arguments for them.

use std::sync::Arc;

use callsign::prelude::*;
use serde_json::{Value, json};

use crate::conversation::RESULT;

/// The name of the tool.
pub const NAME: &str = "get_flight_info";

/// The description of the tool.
pub const DESCRIPTION: &str = "Returns information about the next flight between two cities.";

/// Arguments of [`get_flight_info`] as models send them.
pub const ARGUMENTS: &str = r#"{"origin_city":"Miami","destination_city":"Seattle"}"#;

/// Returns information about the next flight between two cities.
#[tool(read_only)]
#[must_use]
pub async fn get_flight_info(
    /// The name of the city where the flight originates
    origin_city: String,
    /// The flight destination city
    destination_city: String,
) -> String {
    let is_known = (&*origin_city, &*destination_city) == ("Miami", "Seattle");
    if is_known { RESULT } else { r#"{"error":"no flights"}"# }.to_owned()
}

/// Returns the schema of [`get_flight_info`].
#[must_use]
pub fn schema() -> Arc<Value> {
    tools![get_flight_info][0].spec().definition.parameters.clone()
}

/// Returns a larger schema, with a list of objects, an enum and bounds.
#[must_use]
pub fn booking_schema() -> Arc<Value> {
    let passenger = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 80 },
            "age": { "type": "integer", "minimum": 0, "maximum": 120 },
            "seat": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
        },
        "required": ["name", "age"],
        "additionalProperties": false,
    });
    Arc::new(json!({
        "type": "object",
        "properties": {
            "flight_number": { "type": "string", "description": "As in DL123." },
            "cabin": { "type": "string", "enum": ["economy", "premium", "business", "first"] },
            "passengers": {
                "type": "array",
                "items": { "$ref": "#/$defs/passenger" },
                "minItems": 1,
                "maxItems": 9,
            },
            "flexible": { "type": "boolean", "default": false },
        },
        "required": ["flight_number", "cabin", "passengers"],
        "additionalProperties": false,
        "$defs": { "passenger": passenger },
    }))
}

/// Returns arguments for [`booking_schema`] with `passengers` passengers.
#[must_use]
pub fn booking(passengers: usize) -> Value {
    let passenger = |number: usize| {
        let seat = number.is_multiple_of(2).then(|| format!("{number}A"));
        json!({ "name": format!("Passenger {number}"), "age": 30 + number, "seat": seat })
    };
    let passengers: Vec<_> = (0..passengers).map(passenger).collect();
    json!({ "flight_number": "DL123", "cabin": "economy", "passengers": passengers })
}
