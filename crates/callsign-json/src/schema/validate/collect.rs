//! Selection of the violations that help, from the validator's tree of errors.

use boon::{ErrorKind, InstanceLocation, InstanceToken, ValidationError};
use serde_json::Value;

use super::suggest::nearest;
use super::union::{allowed_values, nearest_member, without_repeats};
use super::violation::{Expected, Step, Suggestion, Violation, ViolationKind, short_value};
use super::{MAX_VIOLATIONS, RESOURCE};

/// Collects the violations of one value.
pub(super) struct Collector<'a> {
    schema: &'a Value,
    root: &'a Value,
}

impl<'a> Collector<'a> {
    pub(super) fn new(schema: &'a Value, root: &'a Value) -> Self {
        Self { schema, root }
    }

    /// Returns a message with the first violations. Those nearest to the root come first.
    pub(super) fn message(&self, error: &ValidationError<'_, '_>) -> String {
        let mut violations = without_repeats(self.violations(error));
        violations.sort_by_key(|violation| violation.path.len());
        let mut parts: Vec<_> =
            violations.iter().take(MAX_VIOLATIONS).map(ToString::to_string).collect();
        if violations.len() > MAX_VIOLATIONS {
            parts.push(format!("and {} more errors", violations.len() - MAX_VIOLATIONS));
        }
        parts.join("; ")
    }

    fn violations(&self, error: &ValidationError<'_, '_>) -> Vec<Violation> {
        let path = steps(&error.instance_location);
        let inside = || error.causes.iter().map(|cause| self.violations(cause));
        match &error.kind {
            ErrorKind::AnyOf | ErrorKind::OneOf(None) => nearest_member(&path, inside().collect()),
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
                let kind = ViolationKind::UnknownKey(Suggestion::AllKeys(Vec::new()));
                vec![Violation { path, kind }]
            }
            _ if !error.causes.is_empty() => inside().flatten().collect(),
            kind => {
                let kind = self.expected(kind, &path, error.schema_url);
                vec![Violation { path, kind }]
            }
        }
    }

    fn missing(&self, path: &[Step], keys: &[&str], url: &str) -> Vec<Violation> {
        let properties = self.schema_at(url).and_then(|schema| schema.get("properties"));
        let violations = keys.iter().map(|key| {
            let property = properties.and_then(|properties| properties.get(*key));
            let values = property.map(allowed_values).unwrap_or_default();
            Violation { path: with_key(path, key), kind: ViolationKind::MissingKey(values) }
        });
        violations.collect()
    }

    fn unknown(&self, path: &[Step], key: &str, url: &str) -> Violation {
        let schema = self.schema_at(url);
        let properties = schema.and_then(|schema| schema.get("properties")?.as_object());
        let keys = || properties.into_iter().flat_map(|known| known.keys().map(String::as_str));
        // A key that is there already was not misspelled.
        let value = self.value_at(path);
        let absent = keys().filter(|key| value.is_none_or(|value| value.get(*key).is_none()));
        let suggestion = match nearest(key, absent) {
            Some(near) => Suggestion::Similar(near.to_owned()),
            None => Suggestion::AllKeys(keys().map(str::to_owned).collect()),
        };
        Violation { path: with_key(path, key), kind: ViolationKind::UnknownKey(suggestion) }
    }

    fn expected(&self, kind: &ErrorKind<'_, '_>, path: &[Step], url: &str) -> ViolationKind {
        let (types, mut values) = match kind {
            ErrorKind::Type { want, .. } => (want.iter().map(type_name).collect(), Vec::new()),
            ErrorKind::Enum { want } => (Vec::new(), want.to_vec()),
            ErrorKind::Const { want } => (Vec::new(), vec![(*want).clone()]),
            other => return ViolationKind::Other(describe(other, self.got(path))),
        };
        let is_other_type = matches!(kind, ErrorKind::Type { .. });
        if is_other_type && let Some(schema) = self.schema_at(url) {
            values = allowed_values(schema);
        }
        let types = if values.is_empty() { types } else { Vec::new() };
        let similar = match self.value_at(path) {
            Some(Value::String(text)) => {
                let similar = nearest(text, values.iter().filter_map(Value::as_str));
                similar.map(|value| Value::from(value).to_string()).filter(|_| values.len() > 1)
            }
            _ => None,
        };
        let (is_tag, got) = (values.len() == 1, self.got(path));
        ViolationKind::Expected(Expected { types, values, is_other_type, is_tag, got, similar })
    }

    fn got(&self, path: &[Step]) -> String {
        self.value_at(path).map(short_value).unwrap_or_default()
    }

    fn value_at(&self, path: &[Step]) -> Option<&'a Value> {
        path.iter().try_fold(self.root, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    /// Returns the subschema with this URL.
    fn schema_at(&self, url: &str) -> Option<&'a Value> {
        let pointer = url.strip_prefix(RESOURCE)?;
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        self.schema.pointer(&percent_decode(pointer)?)
    }
}

/// Decodes the fragment of a URL.
fn percent_decode(pointer: &str) -> Option<String> {
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
        InstanceToken::Item(index) => Step::Index(*index),
    });
    steps.collect()
}

fn with_key(path: &[Step], key: &str) -> Vec<Step> {
    let mut path = path.to_vec();
    path.push(Step::Key(key.to_owned()));
    path
}

fn type_name(name: boon::Type) -> &'static str {
    match name {
        boon::Type::Null => "null",
        boon::Type::Boolean => "boolean",
        boon::Type::Number => "number",
        boon::Type::Integer => "integer",
        boon::Type::String => "string",
        boon::Type::Array => "array",
        boon::Type::Object => "object",
    }
}

/// Describes a violation of a keyword that is not about types, constants and keys.
fn describe(kind: &ErrorKind<'_, '_>, got: String) -> String {
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
            format!("items {one} and {other} are equal, but all items must be different")
        }
        ErrorKind::Pattern { want, .. } => {
            format!("expected text that matches the pattern `{want}`, got {got}")
        }
        ErrorKind::Format { want, .. } => {
            format!("expected text in the format `{want}`, got {got}")
        }
        ErrorKind::PropertyName { prop } => format!("`{prop}` is not an allowed key"),
        ErrorKind::Contains | ErrorKind::MinContains { .. } => {
            "too few items match the `contains` schema".to_owned()
        }
        ErrorKind::MaxContains { .. } => "too many items match the `contains` schema".to_owned(),
        ErrorKind::OneOf(Some(_)) => {
            format!("{got} matches several alternatives, but must match exactly one")
        }
        _ => format!("{got} is not allowed here"),
    }
}
