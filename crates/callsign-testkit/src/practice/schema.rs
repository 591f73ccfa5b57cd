//! Reading an offered tool: its parameters, what shape each has, and what its name suggests it wants.

mod absent;
mod roles;

use serde_json::Value;

use super::lexicon::{split_identifier, stem};
pub(super) use absent::{blank, lacks, whole};
use roles::role;

/// A tool that a request offers.
#[derive(Clone, Debug)]
pub(super) struct OfferedTool {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Param>,
    /// Stems of the words of the name.
    pub(super) nouns: Vec<String>,
}

/// One parameter of a tool, or one field of an object.
#[derive(Clone, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    /// The words of the name, led by those of the objects that it stands in.
    pub(super) words: Vec<String>,
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) shape: Shape,
    pub(super) role: Role,
}

/// What kind of value a schema admits.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Text { format: String },
    Integer { least: f64, most: f64 },
    Number { least: f64, most: f64 },
    Boolean,
    Choice(Vec<Value>),
    Fixed(Value),
    List(Box<Param>),
    Object(Vec<Param>),
    Unknown,
}

/// What a parameter's name and description suggest that it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Origin,
    Destination,
    Place,
    /// A day; the second one of a span, where true.
    Date(bool),
    Time,
    FlightCode,
    Carrier,
    Email,
    Person,
    FreeText,
    Plain,
}

impl OfferedTool {
    /// Reads one entry of `tools`, whose shape was checked before.
    pub(super) fn read(function: &Value) -> Self {
        let text = |key: &str| function[key].as_str().unwrap_or_default().to_owned();
        let name = text("name");
        let root = &function["parameters"];
        let parameters = fields(root, root, &[], 0);
        let nouns = split_identifier(&name).iter().map(|word| stem(word)).collect();
        Self { description: text("description"), parameters, nouns, name }
    }

    /// Whether an argument of this tool takes whole stretches of a sentence, so that "and" doesn't end it.
    pub(super) fn absorbs(&self) -> bool {
        self.parameters.iter().any(|param| match param.shape {
            Shape::List(_) => true,
            Shape::Text { .. } => param.required && param.role == Role::FreeText,
            _ => false,
        })
    }

    /// The first parameter with this role.
    pub(super) fn with_role(&self, role: Role) -> Option<&Param> {
        self.parameters.iter().find(|param| param.role == role)
    }
}

impl Param {
    /// Reads a schema that stands alone, such as that of a wanted answer.
    pub(super) fn of_schema(name: &str, schema: &Value) -> Self {
        Self::read(name, schema, schema, &[], true, 0)
    }

    fn read(
        name: &str,
        schema: &Value,
        root: &Value,
        path: &[String],
        required: bool,
        depth: usize,
    ) -> Self {
        let said = schema["description"].as_str().map(str::to_owned);
        let schema = resolve(schema, root, 0);
        let mut words = path.to_vec();
        words.extend(split_identifier(name));
        let description =
            said.or_else(|| schema["description"].as_str().map(str::to_owned)).unwrap_or_default();
        let shape = shape(schema, root, name, &words, depth);
        let inner = match &shape {
            Shape::List(item) => &item.shape,
            other => other,
        };
        let role = role(name, path, &description.to_lowercase(), inner);
        Self { name: name.to_owned(), words, description, required, shape, role }
    }

    /// How a person would call this parameter.
    pub(super) fn label(&self) -> String {
        self.words.join(" ")
    }

    /// Whether the stem of the name has this word.
    pub(super) fn named(&self, stemmed: &str) -> bool {
        self.words.iter().any(|word| stem(word) == stemmed)
    }

    /// Whether a day must be written as `2013-07-04`.
    pub(super) fn wants_iso_day(&self) -> bool {
        let format = matches!(&self.shape, Shape::Text { format } if format == "date");
        let description = self.description.to_lowercase();
        format
            || description.contains("yyyy-mm-dd")
            || description.contains("iso 8601")
            || description.contains("iso date")
    }

    /// Whether a time must be written as `20:00`.
    pub(super) fn wants_clock(&self) -> bool {
        let format = matches!(&self.shape, Shape::Text { format } if format == "time" || format == "partial-time");
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
            Param::read(name, field, root, path, required.contains(&name.as_str()), depth)
        })
        .collect();
    // Whatever order the map keeps, what the schema requires is looked at in the order in which it says so.
    params.sort_by_key(|param| {
        required.iter().position(|name| *name == param.name).unwrap_or(usize::MAX)
    });
    params
}

/// Follows references and drops `null` alternatives.
fn resolve<'a>(schema: &'a Value, root: &'a Value, depth: usize) -> &'a Value {
    if depth > 8 {
        return schema;
    }
    if let Some(pointer) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        return root.pointer(pointer).map_or(schema, |target| resolve(target, root, depth + 1));
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        let Some(options) = schema[key].as_array() else { continue };
        let mut real = options.iter().filter(|option| option["type"] != "null");
        if let (Some(only), None) = (real.next(), real.next()) {
            return resolve(only, root, depth + 1);
        }
    }
    schema
}

fn shape(schema: &Value, root: &Value, name: &str, words: &[String], depth: usize) -> Shape {
    if let Some(value) = schema.get("const") {
        return Shape::Fixed(value.clone());
    }
    if let Some(choices) = choices(schema, root) {
        return Shape::Choice(choices);
    }
    let bound = |inclusive: &str, exclusive: &str, step: f64, open: f64| {
        let strict = schema[exclusive].as_f64().map(|value| value + step);
        schema[inclusive].as_f64().or(strict).unwrap_or(open)
    };
    match kind(schema) {
        "string" => {
            Shape::Text { format: schema["format"].as_str().unwrap_or_default().to_owned() }
        }
        "integer" => Shape::Integer {
            least: bound("minimum", "exclusiveMinimum", 1.0, f64::NEG_INFINITY),
            most: bound("maximum", "exclusiveMaximum", -1.0, f64::INFINITY),
        },
        "number" => Shape::Number {
            least: bound("minimum", "exclusiveMinimum", f64::EPSILON, f64::NEG_INFINITY),
            most: bound("maximum", "exclusiveMaximum", -f64::EPSILON, f64::INFINITY),
        },
        "boolean" => Shape::Boolean,
        "array" if depth < 6 => {
            let path = &words[..words.len().saturating_sub(split_identifier(name).len())];
            Shape::List(Box::new(Param::read(name, &schema["items"], root, path, true, depth + 1)))
        }
        "object" if depth < 6 => Shape::Object(fields(schema, root, words, depth + 1)),
        _ => Shape::Unknown,
    }
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema["properties"].is_object() => "object",
        _ => "",
    }
}

/// The values of an `enum`, or of alternatives that are all constants.
fn choices(schema: &Value, root: &Value) -> Option<Vec<Value>> {
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
