//! The types of JSON Schema.

use serde_json::Value;

use super::super::decimal::Decimal;

/// The names of the types, in the order of messages. `true` for a schema's known names.
pub(crate) const NAMES: [&str; 7] =
    ["null", "boolean", "number", "integer", "string", "array", "object"];

/// A set of types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Types(u8);

const INTEGER: u8 = 8;

impl Types {
    /// Returns the type with this name. Its case does not matter, because Google's schemas write
    /// `STRING`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
        index.map(|index| Self(1 << index))
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn allow(self, value: &Value) -> bool {
        let bit = match value {
            Value::Null => 1,
            Value::Bool(_) => 2,
            Value::Number(number) => {
                let is_integer = || number.is_i64() || number.is_u64() || is_integer(number);
                return self.0 & 4 != 0 || (self.0 & INTEGER != 0 && is_integer());
            }
            Value::String(_) => 16,
            Value::Array(_) => 32,
            Value::Object(_) => 64,
        };
        self.0 & bit != 0
    }

    pub(crate) fn names(self) -> Vec<&'static str> {
        let names = NAMES.iter().enumerate().filter(|(index, _)| self.0 & (1 << index) != 0);
        names.map(|(_, name)| *name).collect()
    }
}

fn is_integer(number: &serde_json::Number) -> bool {
    Decimal::of(number).is_integer()
}
