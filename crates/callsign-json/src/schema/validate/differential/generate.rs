//! Random schemas, and values that often match them.

use serde_json::{Map, Value, json};

use super::random::Random;

const DRAFTS: [&str; 5] = [
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
];

const KEYS: [&str; 5] = ["a", "b", "ab", "é", "x/y"];

const TEXTS: [&str; 14] = [
    "",
    "a",
    "b",
    "ab",
    "aab",
    "1",
    "a1",
    "é",
    "a b",
    "\n",
    "a-b",
    "2024-02-29",
    "127.0.0.1",
    "😀",
];

const NUMBERS: [&str; 20] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "5",
    "10",
    "0.5",
    "-0.5",
    "1.0",
    "1.5",
    "2.0",
    "0.1",
    "0.3",
    "19.99",
    "1e2",
    "-3",
    "100",
    "0.01",
    "9007199254740993",
];

const BOUNDS: [&str; 9] = ["0", "1", "2", "3", "-1", "0.5", "1.0", "2.5", "9007199254740992"];

const DIVISORS: [&str; 9] = ["1", "2", "3", "0.5", "0.1", "0.01", "1.0", "0.3", "1e2"];

const PATTERNS: [&str; 20] = [
    "a",
    "^a",
    "b$",
    "^a+$",
    "^$",
    r"^\d+$",
    r"^\w*$",
    r"\s",
    r"^[a-c]{1,2}$",
    "^.$",
    r"^\p{L}+$",
    "^(a|b)*$",
    r"^[\w-]+$",
    "^[^a]*$",
    "^(?=a).b",
    "^(?!a)",
    r"\W",
    r"\u0061",
    r"^\S+$",
    r"\.",
];

const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

const KEYWORDS: [&str; 45] = [
    "type",
    "type",
    "type",
    "type",
    "enum",
    "const",
    "not",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "$ref",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "minProperties",
    "maxProperties",
    "required",
    "properties",
    "properties",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "format",
];

const MAX_DEPTH: usize = 3;

/// Generates one schema, and values for it.
pub(super) struct Generator {
    random: Random,
    draft: usize,
    /// The constants of the schema. Values are often made of them.
    constants: Vec<Value>,
}

impl Generator {
    pub(super) fn new(mut random: Random) -> Self {
        let draft = random.below(DRAFTS.len() + 2).min(DRAFTS.len() - 1);
        Self { random, draft, constants: Vec::new() }
    }

    /// Generates the schema of an object.
    pub(super) fn root(&mut self) -> Value {
        let definitions = if self.draft < 3 { "definitions" } else { "$defs" };
        let mut root = Map::new();
        if self.draft + 1 < DRAFTS.len() || self.random.one_in(2) {
            root.insert("$schema".to_owned(), DRAFTS[self.draft].into());
        }
        root.insert("type".to_owned(), "object".into());
        let mut properties = Map::new();
        for key in KEYS {
            if key == "a" || !self.random.one_in(3) {
                properties.insert(key.to_owned(), self.schema(MAX_DEPTH));
            }
        }
        root.insert("properties".to_owned(), properties.into());
        let definitions_value = json!({ "d": self.schema(1), "e": self.schema(2) });
        root.insert(definitions.to_owned(), definitions_value);
        if self.random.one_in(3) {
            let all: Vec<_> = (0..=self.random.below(3)).map(|_| self.keyword(2)).collect();
            for (name, value) in all.into_iter().flatten() {
                root.entry(name).or_insert(value);
            }
        }
        root.into()
    }

    fn schema(&mut self, depth: usize) -> Value {
        if self.draft > 0 && self.random.one_in(12) {
            return Value::Bool(!self.random.one_in(3));
        }
        let mut schema = Map::new();
        for _ in 0..self.random.below(4) {
            for (name, value) in self.keyword(depth) {
                schema.entry(name).or_insert(value);
            }
        }
        schema.into()
    }

    /// Generates a keyword, and those without which it would mean nothing.
    fn keyword(&mut self, depth: usize) -> Vec<(String, Value)> {
        let name = self.random.pick(&KEYWORDS);
        let is_applicator = self.applies(name);
        if is_applicator && depth == 0 {
            return Vec::new();
        }
        let depth = depth.saturating_sub(1);
        let value = match name {
            "type" => self.types(),
            "enum" => self.values(),
            "const" => self.constant(),
            "format" => self.random.pick(&["date", "ipv4", "unknown"]).into(),
            "$ref" => {
                let definitions = if self.draft < 3 { "definitions" } else { "$defs" };
                let name = self.random.pick(&["d", "e"]);
                let all = [
                    format!("#/{definitions}/{name}"),
                    "#/properties/a".to_owned(),
                    "#".to_owned(),
                ];
                self.random.pick(&all).into()
            }
            "minimum" | "maximum" => number(self.random.pick(&BOUNDS)),
            "exclusiveMinimum" | "exclusiveMaximum" if self.draft == 0 => {
                let bound = if name == "exclusiveMinimum" { "minimum" } else { "maximum" };
                let bound = (bound.to_owned(), number(self.random.pick(&BOUNDS)));
                return vec![bound, (name.to_owned(), self.random.one_in(2).into())];
            }
            "exclusiveMinimum" | "exclusiveMaximum" => number(self.random.pick(&BOUNDS)),
            "multipleOf" => number(self.random.pick(&DIVISORS)),
            "pattern" => self.random.pick(&PATTERNS).into(),
            "uniqueItems" => self.random.one_in(2).into(),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minContains" | "maxContains"
            | "minProperties" | "maxProperties" => self.random.below(4).into(),
            "required" => self.keys(),
            "dependentRequired" => json!({ self.random.pick(&KEYS): self.keys() }),
            _ => return self.applicator(name, depth),
        };
        vec![(name.to_owned(), value)]
    }

    fn applies(&self, name: &str) -> bool {
        matches!(
            name,
            "not"
                | "allOf"
                | "anyOf"
                | "oneOf"
                | "if"
                | "items"
                | "prefixItems"
                | "contains"
                | "additionalItems"
                | "unevaluatedItems"
                | "properties"
                | "patternProperties"
                | "additionalProperties"
                | "propertyNames"
                | "dependencies"
                | "dependentSchemas"
                | "unevaluatedProperties"
        )
    }

    fn applicator(&mut self, name: &str, depth: usize) -> Vec<(String, Value)> {
        let value = match name {
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.schemas(depth),
            "items" if self.draft < 4 && self.random.one_in(2) => self.schemas(depth),
            "if" => {
                let parts = ["if", "then", "else"];
                return parts.map(|part| (part.to_owned(), self.schema(depth))).into();
            }
            "properties" => {
                let (one, other) = (self.random.pick(&KEYS), self.random.pick(&KEYS));
                json!({ one: self.schema(depth), other: self.schema(depth) })
            }
            "patternProperties" => json!({ self.random.pick(&PATTERNS): self.schema(depth) }),
            "dependentSchemas" => json!({ self.random.pick(&KEYS): self.schema(depth) }),
            "dependencies" if self.draft >= 3 => return Vec::new(),
            "dependencies" => {
                let (one, other) = (self.random.pick(&KEYS), self.random.pick(&KEYS));
                json!({ one: self.schema(depth), other: self.keys() })
            }
            "additionalItems" | "additionalProperties" if self.random.one_in(2) => {
                self.random.one_in(2).into()
            }
            "unevaluatedProperties" | "unevaluatedItems" if self.random.one_in(2) => false.into(),
            _ => self.schema(depth),
        };
        vec![(name.to_owned(), value)]
    }

    fn schemas(&mut self, depth: usize) -> Value {
        (0..=self.random.below(3)).map(|_| self.schema(depth)).collect()
    }

    fn keys(&mut self) -> Value {
        let mut keys: Vec<_> =
            (0..=self.random.below(2)).map(|_| self.random.pick(&KEYS)).collect();
        keys.dedup();
        keys.into()
    }

    fn types(&mut self) -> Value {
        if self.random.one_in(3) {
            let (one, other) = (self.random.below(TYPES.len()), self.random.below(TYPES.len()));
            if one != other {
                return json!([TYPES[one], TYPES[other]]);
            }
        }
        self.random.pick(&TYPES).into()
    }

    fn values(&mut self) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for _ in 0..=self.random.below(3) {
            let value = self.constant();
            if !all.contains(&value) {
                all.push(value);
            }
        }
        all.into()
    }

    fn constant(&mut self) -> Value {
        let value = self.any(2);
        self.constants.push(value.clone());
        value
    }

    /// Generates arguments.
    pub(super) fn value(&mut self) -> Value {
        let mut fields = Map::new();
        for key in KEYS {
            if self.random.one_in(2) {
                fields.insert(key.to_owned(), self.any(3));
            }
        }
        fields.into()
    }

    fn any(&mut self, depth: usize) -> Value {
        if !self.constants.is_empty() && self.random.one_in(4) {
            return self.random.pick(&self.constants);
        }
        let kinds = if depth == 0 { 6 } else { 10 };
        match self.random.below(kinds) {
            0 => Value::Null,
            1 => self.random.one_in(2).into(),
            2 | 3 => number(self.random.pick(&NUMBERS)),
            4 | 5 => self.random.pick(&TEXTS).into(),
            6 | 7 => (0..self.random.below(4)).map(|_| self.any(depth - 1)).collect(),
            _ => {
                let count = self.random.below(3);
                let fields = (0..count).map(|_| {
                    let key = self.random.pick(&KEYS).to_owned();
                    (key, self.any(depth - 1))
                });
                Value::Object(fields.collect())
            }
        }
    }
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
