//! From the validator's tree of errors to the few that help.

use boon::{ErrorKind, InstanceLocation, InstanceToken, ValidationError};
use serde_json::Value;

use super::fault::{self, Expected, Fault, Kind, Known, Step};
use super::near::nearest;
use super::union::{allowed_values, best, without_repeats};
use super::{MOST_FAULTS, RESOURCE};

/// Collects the faults of one call's arguments.
pub(super) struct Collect<'a> {
    schema: &'a Value,
    arguments: &'a Value,
}

impl<'a> Collect<'a> {
    pub(super) fn new(schema: &'a Value, arguments: &'a Value) -> Self {
        Self { schema, arguments }
    }

    /// The faults in words, those of the arguments as a whole first.
    pub(super) fn told(&self, error: &ValidationError<'_, '_>) -> String {
        let mut faults = without_repeats(self.faults(error));
        faults.sort_by_key(|fault| fault.path.len());
        let mut told: Vec<_> = faults.iter().take(MOST_FAULTS).map(ToString::to_string).collect();
        if faults.len() > MOST_FAULTS {
            told.push(format!("and {} more faults like these", faults.len() - MOST_FAULTS));
        }
        told.join("; ")
    }

    fn faults(&self, error: &ValidationError<'_, '_>) -> Vec<Fault> {
        let path = steps(&error.instance_location);
        let inside = || error.causes.iter().map(|cause| self.faults(cause));
        match &error.kind {
            ErrorKind::AnyOf | ErrorKind::OneOf(None) => best(&path, inside().collect()),
            ErrorKind::Required { want } => self.missing(&path, want, error.schema_url),
            ErrorKind::DependentRequired { missing, .. }
            | ErrorKind::Dependency { missing, .. } => {
                self.missing(&path, missing, error.schema_url)
            }
            ErrorKind::AdditionalProperties { got } => {
                let unknown = got.iter().map(|key| self.unknown(&path, key, error.schema_url));
                unknown.collect()
            }
            ErrorKind::FalseSchema if matches!(path.last(), Some(Step::Key(_))) => {
                vec![Fault { path, kind: Kind::Unknown(Known::Keys(Vec::new())) }]
            }
            _ if !error.causes.is_empty() => inside().flatten().collect(),
            kind => {
                let kind = self.expected(kind, &path, error.schema_url);
                vec![Fault { path, kind }]
            }
        }
    }

    fn missing(&self, path: &[Step], keys: &[&str], schema: &str) -> Vec<Fault> {
        let properties = self.schema_at(schema).and_then(|schema| schema.get("properties"));
        let faults = keys.iter().map(|key| {
            let property = properties.and_then(|properties| properties.get(*key));
            let values = property.map(allowed_values).unwrap_or_default();
            Fault { path: with_key(path, key), kind: Kind::Missing(values) }
        });
        faults.collect()
    }

    fn unknown(&self, path: &[Step], key: &str, schema: &str) -> Fault {
        let schema = self.schema_at(schema);
        let properties = schema.and_then(|schema| schema.get("properties")?.as_object());
        let keys = || properties.into_iter().flat_map(|known| known.keys().map(String::as_str));
        // One that is there already was not meant a second time.
        let value = self.value_at(path);
        let free = keys().filter(|key| value.is_none_or(|value| value.get(*key).is_none()));
        let known = match nearest(key, free) {
            Some(near) => Known::Near(near.to_owned()),
            None => Known::Keys(keys().map(str::to_owned).collect()),
        };
        Fault { path: with_key(path, key), kind: Kind::Unknown(known) }
    }

    fn expected(&self, kind: &ErrorKind<'_, '_>, path: &[Step], schema: &str) -> Kind {
        let (types, mut values) = match kind {
            ErrorKind::Type { want, .. } => (want.iter().map(type_name).collect(), Vec::new()),
            ErrorKind::Enum { want } => (Vec::new(), want.to_vec()),
            ErrorKind::Const { want } => (Vec::new(), vec![(*want).clone()]),
            other => return Kind::Other(words(other, self.got(path))),
        };
        let is_other_type = !Vec::is_empty(&types);
        if is_other_type && let Some(schema) = self.schema_at(schema) {
            values = allowed_values(schema);
        }
        let types = if values.is_empty() { types } else { Vec::new() };
        let near = match self.value_at(path) {
            Some(Value::String(text)) => {
                let near = nearest(text, values.iter().filter_map(Value::as_str));
                near.map(|near| Value::from(near).to_string()).filter(|_| values.len() > 1)
            }
            _ => None,
        };
        let is_tag = values.len() == 1;
        Kind::Expected(Expected { types, values, is_other_type, is_tag, got: self.got(path), near })
    }

    fn got(&self, path: &[Step]) -> String {
        self.value_at(path).map(fault::value).unwrap_or_default()
    }

    fn value_at(&self, path: &[Step]) -> Option<&'a Value> {
        path.iter().try_fold(self.arguments, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Item(at) => value.get(at),
        })
    }

    /// The part of the schema that the validator names by its address.
    fn schema_at(&self, address: &str) -> Option<&'a Value> {
        let pointer = address.strip_prefix(RESOURCE)?;
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        self.schema.pointer(&decoded(pointer)?)
    }
}

/// A pointer without the escapes of addresses.
fn decoded(pointer: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn steps(location: &InstanceLocation<'_>) -> Vec<Step> {
    let steps = location.tokens.iter().map(|token| match token {
        InstanceToken::Prop(key) => Step::Key(key.to_string()),
        InstanceToken::Item(at) => Step::Item(*at),
    });
    steps.collect()
}

fn with_key(path: &[Step], key: &str) -> Vec<Step> {
    let mut path = path.to_vec();
    path.push(Step::Key(key.to_owned()));
    path
}

fn type_name(of: boon::Type) -> &'static str {
    match of {
        boon::Type::Null => "null",
        boon::Type::Boolean => "boolean",
        boon::Type::Number => "number",
        boon::Type::Integer => "integer",
        boon::Type::String => "string",
        boon::Type::Array => "array",
        boon::Type::Object => "object",
    }
}

/// What is said of the keywords that are about neither types nor keys.
fn words(kind: &ErrorKind<'_, '_>, got: String) -> String {
    let counted =
        |count: &usize, what: &str| format!("{count} {what}{}", if *count == 1 { "" } else { "s" });
    match kind {
        ErrorKind::Minimum { want, .. } => format!("expected at least {want}, got {got}"),
        ErrorKind::Maximum { want, .. } => format!("expected at most {want}, got {got}"),
        ErrorKind::ExclusiveMinimum { want, .. } => format!("expected more than {want}, got {got}"),
        ErrorKind::ExclusiveMaximum { want, .. } => format!("expected less than {want}, got {got}"),
        ErrorKind::MultipleOf { want, .. } => format!("expected a multiple of {want}, got {got}"),
        ErrorKind::MinLength { want, got } => {
            format!("expected at least {}, got {got}", counted(want, "character"))
        }
        ErrorKind::MaxLength { want, got } => {
            format!("expected at most {}, got {got}", counted(want, "character"))
        }
        ErrorKind::MinItems { want, got } => {
            format!("expected at least {}, got {got}", counted(want, "item"))
        }
        ErrorKind::MaxItems { want, got } => {
            format!("expected at most {}, got {got}", counted(want, "item"))
        }
        ErrorKind::AdditionalItems { got } => format!("has {} too many", counted(got, "item")),
        ErrorKind::MinProperties { want, got } => {
            format!("expected at least {}, got {got}", counted(want, "key"))
        }
        ErrorKind::MaxProperties { want, got } => {
            format!("expected at most {}, got {got}", counted(want, "key"))
        }
        ErrorKind::UniqueItems { got: [one, other] } => {
            format!("items {one} and {other} are the same, and each may stand there once")
        }
        ErrorKind::Pattern { want, .. } => {
            format!("expected text that matches the pattern `{want}`, got {got}")
        }
        ErrorKind::Format { want, .. } => format!("expected text of the form `{want}`, got {got}"),
        ErrorKind::PropertyName { prop } => format!("`{prop}` is not a key that it may have"),
        ErrorKind::Contains | ErrorKind::MinContains { .. } => {
            "too few of its items are what it has to contain".to_owned()
        }
        ErrorKind::MaxContains { .. } => "too many of its items are what it may contain".to_owned(),
        ErrorKind::OneOf(Some(_)) => {
            format!("{got} fits several of the forms that it may have, and may fit only one")
        }
        _ => format!("{got} is not allowed here"),
    }
}
