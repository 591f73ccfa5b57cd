//! Offered tools: their parameters, with the type and the role of each.

mod missing;
mod roles;

use serde_json::Value;

use self::roles::guess_role;
use crate::language::lexicon::{split_identifier, stem};

pub(crate) use self::missing::{integer_value, missing_labels, placeholder};

/// A tool that a request offers.
#[derive(Clone, Debug)]
pub(crate) struct OfferedTool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Param>,
    /// Stems of the words in the name.
    pub(crate) name_stems: Vec<String>,
}

/// One parameter of a tool, or one field of an object.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    /// The words of the name, after those of the enclosing objects.
    pub(crate) words: Vec<String>,
    pub(crate) description: String,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
    pub(crate) role: Role,
}

/// The type of value that a schema accepts.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// `format` is empty if the schema has none.
    String {
        format: String,
    },
    Integer {
        minimum: f64,
        maximum: f64,
    },
    Number {
        minimum: f64,
        maximum: f64,
    },
    Boolean,
    Enum(Vec<Value>),
    Const(Value),
    /// An array. The parameter describes its items.
    Array(Box<Param>),
    Object(Vec<Param>),
    /// Anything else, and schemas that are nested too deeply.
    Any,
}

/// The meaning of a parameter, guessed from its name and description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Origin,
    Destination,
    Place,
    /// A date, or the first one of a range.
    Date,
    /// The second date of a range, such as a return date.
    EndDate,
    Time,
    FlightCode,
    Carrier,
    Email,
    Person,
    /// Text in the user's own words, such as a search query.
    FreeText,
    Other,
}

impl OfferedTool {
    /// Parses the `function` of an entry of `tools`. The caller has validated it.
    pub(crate) fn parse(function: &Value) -> Self {
        let text = |key: &str| function[key].as_str().unwrap_or_default().to_owned();
        let name = text("name");
        let root = &function["parameters"];
        let parameters = fields(root, root, &[], 0);
        let name_stems = split_identifier(&name).iter().map(|word| stem(word)).collect();
        Self { description: text("description"), parameters, name_stems, name }
    }

    /// Whether an argument of this tool can span several clauses, so that "and" does not end it.
    pub(crate) fn spans_clauses(&self) -> bool {
        self.parameters.iter().any(|param| match param.shape {
            Shape::Array(_) => true,
            Shape::String { .. } => param.required && param.role == Role::FreeText,
            _ => false,
        })
    }

    /// Returns the first parameter with this role.
    pub(crate) fn with_role(&self, role: Role) -> Option<&Param> {
        self.parameters.iter().find(|param| param.role == role)
    }
}

impl Param {
    /// Parses a schema that is not part of a tool, such as that of a response format.
    pub(crate) fn from_schema(name: &str, schema: &Value) -> Self {
        Self::parse(name, schema, schema, &[], true, 0)
    }

    fn parse(
        name: &str,
        schema: &Value,
        root: &Value,
        path: &[String],
        required: bool,
        depth: usize,
    ) -> Self {
        // A description next to `$ref` overrides that of the target.
        let own = schema["description"].as_str().map(str::to_owned);
        let schema = resolve(schema, root, 0);
        let mut words = path.to_vec();
        words.extend(split_identifier(name));
        let description =
            own.or_else(|| schema["description"].as_str().map(str::to_owned)).unwrap_or_default();
        let shape = shape(schema, root, name, &words, depth);
        let inner = match &shape {
            Shape::Array(item) => &item.shape,
            other => other,
        };
        let role = guess_role(name, path, &description.to_lowercase(), inner);
        Self { name: name.to_owned(), words, description, required, shape, role }
    }

    /// Returns the name of the parameter in words, such as "passenger name".
    pub(crate) fn label(&self) -> String {
        self.words.join(" ")
    }

    /// Whether a word of the name has this stem.
    pub(crate) fn has_name_stem(&self, wanted: &str) -> bool {
        self.words.iter().any(|word| stem(word) == wanted)
    }

    /// Whether a date must be in the form `2013-07-04`.
    pub(crate) fn requires_iso_date(&self) -> bool {
        let format = matches!(&self.shape, Shape::String { format } if format == "date");
        let description = self.description.to_lowercase();
        format
            || description.contains("yyyy-mm-dd")
            || description.contains("iso 8601")
            || description.contains("iso date")
    }

    /// Whether a time must be in the form `20:00`.
    pub(crate) fn requires_clock_time(&self) -> bool {
        let format = matches!(&self.shape, Shape::String { format } if format == "time" || format == "partial-time");
        let description = self.description.to_lowercase();
        format
            || description.contains("hh:mm")
            || description.contains("24-hour")
            || description.contains("24 hour")
    }
}

fn fields(schema: &Value, root: &Value, path: &[String], depth: usize) -> Vec<Param> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object();
    let mut params: Vec<Param> = properties
        .into_iter()
        .flatten()
        .map(|(name, field)| {
            Param::parse(name, field, root, path, required.contains(&name.as_str()), depth)
        })
        .collect();
    // serde_json keeps the order of `properties` only with its feature `preserve_order`. The order of `required` is
    // always known.
    params.sort_by_key(|param| {
        required.iter().position(|name| *name == param.name).unwrap_or(usize::MAX)
    });
    params
}

/// Follows local references, and unwraps `anyOf`, `oneOf` and `allOf` with one alternative besides `null`.
fn resolve<'a>(schema: &'a Value, root: &'a Value, depth: usize) -> &'a Value {
    if depth > 8 {
        return schema;
    }
    if let Some(pointer) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        return root.pointer(pointer).map_or(schema, |target| resolve(target, root, depth + 1));
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        let Some(options) = schema[key].as_array() else { continue };
        let mut alternatives = options.iter().filter(|option| option["type"] != "null");
        if let (Some(only), None) = (alternatives.next(), alternatives.next()) {
            return resolve(only, root, depth + 1);
        }
    }
    schema
}

/// Returns the type that a schema accepts.
fn shape(schema: &Value, root: &Value, name: &str, words: &[String], depth: usize) -> Shape {
    if let Some(value) = schema.get("const") {
        return Shape::Const(value.clone());
    }
    if let Some(values) = enum_values(schema, root) {
        return Shape::Enum(values);
    }
    let bound = |inclusive: &str, exclusive: &str, step: f64, unbounded: f64| {
        let exclusive = schema[exclusive].as_f64().map(|value| value + step);
        schema[inclusive].as_f64().or(exclusive).unwrap_or(unbounded)
    };
    match type_name(schema) {
        "string" => {
            Shape::String { format: schema["format"].as_str().unwrap_or_default().to_owned() }
        }
        "integer" => Shape::Integer {
            minimum: bound("minimum", "exclusiveMinimum", 1.0, f64::NEG_INFINITY),
            maximum: bound("maximum", "exclusiveMaximum", -1.0, f64::INFINITY),
        },
        "number" => Shape::Number {
            minimum: bound("minimum", "exclusiveMinimum", f64::EPSILON, f64::NEG_INFINITY),
            maximum: bound("maximum", "exclusiveMaximum", -f64::EPSILON, f64::INFINITY),
        },
        "boolean" => Shape::Boolean,
        "array" if depth < 6 => {
            let path = &words[..words.len().saturating_sub(split_identifier(name).len())];
            Shape::Array(Box::new(Param::parse(
                name,
                &schema["items"],
                root,
                path,
                true,
                depth + 1,
            )))
        }
        "object" if depth < 6 => Shape::Object(fields(schema, root, words, depth + 1)),
        _ => Shape::Any,
    }
}

/// Returns the `type` of a schema, without `null`.
fn type_name(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema["properties"].is_object() => "object",
        _ => "",
    }
}

/// Returns the values of an `enum`, or of alternatives that are all constants.
fn enum_values(schema: &Value, root: &Value) -> Option<Vec<Value>> {
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().filter(|value| !value.is_null()).cloned().collect());
    }
    let options = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    let mut values = Vec::new();
    for option in options.iter().filter(|option| option["type"] != "null") {
        let option = resolve(option, root, 0);
        match (option.get("const"), option["enum"].as_array()) {
            (Some(value), _) => values.push(value.clone()),
            (None, Some(more)) => values.extend(more.iter().cloned()),
            _ => return None,
        }
    }
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests;
