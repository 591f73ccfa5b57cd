//! The keywords of a subschema.

use serde_json::{Map, Value};

use super::super::formats::Format;
use super::super::pattern::{Pattern, PatternError};
use super::node::{Bound, Condition, Contains, Node, NodeId};
use super::origin::Step;
use super::read::{self, Read};
use super::{Compiler, Draft};

type Fields = Map<String, Value>;

impl<'a> Compiler<'a> {
    /// Reads one keyword into a node.
    pub(super) fn keyword(
        &mut self,
        id: NodeId,
        node: &mut Node,
        keyword: &'a str,
        value: &'a Value,
        fields: &'a Fields,
    ) {
        let read = match keyword {
            "type" | "enum" | "const" | "nullable" | "format" => self.general(node, keyword, value),
            "allOf" | "anyOf" | "oneOf" | "not" | "if" => {
                self.composition(id, node, keyword, value, fields)
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                numeric(node, keyword, value, fields)
            }
            "minLength" | "maxLength" | "pattern" => self.textual(id, node, keyword, value),
            "minItems" | "maxItems" | "uniqueItems" | "items" | "prefixItems" | "contains"
            | "additionalItems" | "unevaluatedItems" => {
                self.array(id, node, keyword, value, fields)
            }
            "minProperties"
            | "maxProperties"
            | "required"
            | "properties"
            | "patternProperties"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedProperties"
            | "dependencies"
            | "dependentRequired"
            | "dependentSchemas" => self.object(id, node, keyword, value),
            _ => Ok(()),
        };
        if let Err(reason) = read {
            node.is_opaque = true;
            match keyword {
                "properties" | "patternProperties" => {
                    node.object.get_or_insert_default().is_partial = true;
                }
                "items" | "prefixItems" => node.array.get_or_insert_default().is_partial = true,
                _ => {}
            }
            self.invalid(id, keyword, reason);
        }
    }

    fn general(&mut self, node: &mut Node, keyword: &str, value: &Value) -> Read<()> {
        match keyword {
            "type" => node.types = read::types(value)?,
            "enum" => node.values = Some(read::array(value)?.clone()),
            "const" => node.constant = Some(value.clone()),
            "nullable" => node.nullable = read::boolean(value)?,
            _ => {
                let name = read::text(value)?;
                node.format = Format::named(name).filter(|_| self.draft.asserts_formats());
            }
        }
        Ok(())
    }

    fn composition(
        &mut self,
        id: NodeId,
        node: &mut Node,
        keyword: &'a str,
        value: &'a Value,
        fields: &'a Fields,
    ) -> Read<()> {
        match keyword {
            "allOf" => node.all_of = self.list(id, keyword, value)?,
            "anyOf" => node.any_of = self.list(id, keyword, value)?,
            "oneOf" => node.one_of = self.list(id, keyword, value)?,
            "not" => node.not = Some(self.one(id, keyword, value)),
            _ => {
                let when = self.one(id, keyword, value);
                let mut branch =
                    |keyword| fields.get(keyword).map(|schema| self.one(id, keyword, schema));
                let (then, otherwise) = (branch("then"), branch("else"));
                node.condition = Some(Condition { when, then, otherwise });
            }
        }
        Ok(())
    }

    fn textual(&mut self, id: NodeId, node: &mut Node, keyword: &str, value: &Value) -> Read<()> {
        let rules = node.text.get_or_insert_default();
        match keyword {
            "minLength" => rules.min = Some(read::count(value)?),
            "maxLength" => rules.max = Some(read::count(value)?),
            _ => {
                let text = read::text(value)?;
                let pattern = self.pattern(id, keyword, text)?;
                rules.pattern = pattern.map(|pattern| (text.to_owned(), pattern));
            }
        }
        Ok(())
    }

    /// Compiles a pattern; `None` if it is not checked.
    fn pattern(&mut self, id: NodeId, keyword: &str, text: &str) -> Read<Option<Pattern>> {
        match self.patterns.compile(text) {
            Ok(pattern) => Ok(Some(pattern)),
            Err(PatternError::Invalid(reason)) => {
                let text = read::short(&Value::from(text));
                Err(format!("expected a regular expression, got {text}: {reason}"))
            }
            Err(PatternError::Unsupported(reason)) => {
                self.unsupported(id, keyword, format!("{}: {reason}", read::short(&text.into())));
                Ok(None)
            }
        }
    }

    fn array(
        &mut self,
        id: NodeId,
        node: &mut Node,
        keyword: &'a str,
        value: &'a Value,
        fields: &'a Fields,
    ) -> Read<()> {
        if keyword == "unevaluatedItems" {
            node.unevaluated_items = Some(self.one(id, keyword, value));
            return Ok(());
        }
        // Before draft 2020-12, an array of `items` was what `prefixItems` is now.
        let is_tuple = fields.get("items").is_some_and(Value::is_array);
        let rules = node.array.get_or_insert_default();
        match keyword {
            "minItems" => rules.min = Some(read::count(value)?),
            "maxItems" => rules.max = Some(read::count(value)?),
            "uniqueItems" => rules.is_unique = read::boolean(value)?,
            "items"
                if is_tuple
                    && (self.draft < Draft::V2020 || !fields.contains_key("prefixItems")) =>
            {
                rules.prefix = self.items(id, keyword, value)?;
            }
            "items" if is_tuple => {
                return Err("expected a schema, because `prefixItems` is there".to_owned());
            }
            "items" => rules.rest = Some(self.one(id, keyword, value)),
            "prefixItems" => rules.prefix = self.list(id, keyword, value)?,
            "additionalItems" if is_tuple && !fields.contains_key("prefixItems") => {
                rules.rest = Some(self.one(id, keyword, value));
            }
            "contains" => {
                let schema = self.one(id, keyword, value);
                let has_counts = self.draft >= Draft::V2019;
                let count = |name| fields.get(name).filter(|_| has_counts).map(read::count);
                let (min, max) = (count("minContains"), count("maxContains"));
                rules.contains = Some(Contains {
                    schema,
                    min: min.transpose()?.unwrap_or(1),
                    max: max.transpose()?,
                    evaluates: self.draft >= Draft::V2020,
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn object(
        &mut self,
        id: NodeId,
        node: &mut Node,
        keyword: &'a str,
        value: &'a Value,
    ) -> Read<()> {
        if keyword == "unevaluatedProperties" {
            node.unevaluated_properties = Some(self.one(id, keyword, value));
            return Ok(());
        }
        let rules = node.object.get_or_insert_default();
        match keyword {
            "minProperties" => rules.min = Some(read::count(value)?),
            "maxProperties" => rules.max = Some(read::count(value)?),
            "required" => {
                let (keys, repeats) = read::keys(value)?;
                rules.required = keys;
                if repeats {
                    self.invalid(id, keyword, "a key is listed twice".to_owned());
                }
            }
            "additionalProperties" => rules.additional = Some(self.one(id, keyword, value)),
            "propertyNames" => rules.names = Some(self.one(id, keyword, value)),
            "patternProperties" => {
                for (text, schema) in object(value)? {
                    let schema = self.enqueue(schema, Some((id, Step::Named(keyword, text))));
                    match self.pattern(id, keyword, text)? {
                        Some(pattern) => rules.patterns.push((pattern, schema)),
                        // Any key may be one of those that the pattern matches.
                        None => (node.is_opaque, rules.is_partial) = (true, true),
                    }
                }
            }
            "properties" => {
                for (name, schema) in object(value)? {
                    let schema = self.enqueue(schema, Some((id, Step::Named(keyword, name))));
                    rules.keys.push(name.clone());
                    rules.properties.insert(name.clone(), schema);
                }
            }
            // `dependencies`, and the two keywords that replace it.
            _ => {
                for (name, dependency) in object(value)? {
                    if dependency.is_array() && keyword != "dependentSchemas" {
                        let (keys, _) = read::keys(dependency)?;
                        rules.dependent_required.push((name.clone(), keys));
                    } else if keyword == "dependentRequired" {
                        return Err(format!("expected an array for `{name}`"));
                    } else {
                        let step = Step::Named(keyword, name);
                        let schema = self.enqueue(dependency, Some((id, step)));
                        rules.dependent_schemas.push((name.clone(), schema));
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the schemas of definitions, which may have reports of their own.
    pub(super) fn named(&mut self, id: NodeId, keyword: &'a str, value: &'a Value) {
        for (name, schema) in value.as_object().into_iter().flatten() {
            self.enqueue(schema, Some((id, Step::Named(keyword, name))));
        }
    }

    fn one(&mut self, id: NodeId, keyword: &'a str, schema: &'a Value) -> NodeId {
        self.enqueue(schema, Some((id, Step::Keyword(keyword))))
    }

    /// Reads a list of schemas, which must not be empty.
    fn list(&mut self, id: NodeId, keyword: &'a str, value: &'a Value) -> Read<Vec<NodeId>> {
        let list = self.items(id, keyword, value)?;
        if list.is_empty() {
            Err("expected at least 1 schema, got none".to_owned())
        } else {
            Ok(list)
        }
    }

    fn items(&mut self, id: NodeId, keyword: &'a str, value: &'a Value) -> Read<Vec<NodeId>> {
        let schemas = read::array(value)?.iter().enumerate();
        let schemas = schemas
            .map(|(index, schema)| self.enqueue(schema, Some((id, Step::Indexed(keyword, index)))));
        Ok(schemas.collect())
    }
}

fn object(value: &Value) -> Read<&Fields> {
    let reason = || format!("expected an object, got {}", read::short(value));
    value.as_object().ok_or_else(reason)
}

fn numeric(node: &mut Node, keyword: &str, value: &Value, fields: &Fields) -> Read<()> {
    let rules = node.number.get_or_insert_default();
    let bound = |value| read::number(value).map(|number| Some(Bound::new(number)));
    // In draft 4, a boolean says that the bound next to it is exclusive.
    let is_exclusive = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    match keyword {
        "minimum" if is_exclusive("exclusiveMinimum") => rules.above = bound(value)?,
        "maximum" if is_exclusive("exclusiveMaximum") => rules.below = bound(value)?,
        "minimum" => rules.min = bound(value)?,
        "maximum" => rules.max = bound(value)?,
        "multipleOf" => rules.multiple_of = Some(read::divisor(value)?),
        _ if value.is_boolean() => {}
        "exclusiveMinimum" => rules.above = bound(value)?,
        _ => rules.below = bound(value)?,
    }
    Ok(())
}
