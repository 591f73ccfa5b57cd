//! Compiled schemas.

use std::collections::HashMap;

use serde_json::{Number, Value};

use super::super::decimal::{Decimal, Divisor};
use super::super::formats::Format;
use super::super::pattern::Pattern;
use super::types::Types;

/// The position of a node in [`Compiled`].
pub(crate) type NodeId = usize;

/// A compiled schema and its subschemas. The first node is the root.
pub(crate) struct Compiled {
    pub(crate) nodes: Vec<Node>,
}

/// A compiled subschema. Keywords that are absent or not checked allow every value.
#[derive(Default)]
pub(crate) struct Node {
    /// Whether this is the schema `false`.
    pub(crate) never: bool,
    /// Whether null is allowed whatever the other keywords say, as with OpenAPI's `nullable`.
    pub(crate) nullable: bool,
    /// Whether the schema applies itself to the same value again, without end.
    pub(crate) is_endless: bool,
    /// Whether a keyword is not checked that might evaluate any key or item.
    pub(crate) is_opaque: bool,
    pub(crate) types: Option<Types>,
    pub(crate) constant: Option<Value>,
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) format: Option<Format>,
    /// The targets of references.
    pub(crate) references: Vec<NodeId>,
    pub(crate) object: Option<Box<ObjectRules>>,
    pub(crate) array: Option<Box<ArrayRules>>,
    pub(crate) text: Option<Box<TextRules>>,
    pub(crate) number: Option<Box<NumberRules>>,
    pub(crate) not: Option<NodeId>,
    pub(crate) all_of: Vec<NodeId>,
    pub(crate) any_of: Vec<NodeId>,
    pub(crate) one_of: Vec<NodeId>,
    pub(crate) condition: Option<Condition>,
    pub(crate) unevaluated_properties: Option<NodeId>,
    pub(crate) unevaluated_items: Option<NodeId>,
}

#[derive(Clone, Copy)]
pub(crate) struct Condition {
    pub(crate) when: NodeId,
    pub(crate) then: Option<NodeId>,
    pub(crate) otherwise: Option<NodeId>,
}

#[derive(Default)]
pub(crate) struct ObjectRules {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) required: Vec<String>,
    /// The known keys, in the order of the schema.
    pub(crate) keys: Vec<String>,
    pub(crate) properties: HashMap<String, NodeId>,
    pub(crate) patterns: Vec<(Pattern, NodeId)>,
    pub(crate) additional: Option<NodeId>,
    pub(crate) names: Option<NodeId>,
    pub(crate) dependent_required: Vec<(String, Vec<String>)>,
    pub(crate) dependent_schemas: Vec<(String, NodeId)>,
    /// Whether some known keys are not known here, because a keyword could not be read.
    pub(crate) is_partial: bool,
}

#[derive(Default)]
pub(crate) struct ArrayRules {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) is_unique: bool,
    pub(crate) prefix: Vec<NodeId>,
    pub(crate) rest: Option<NodeId>,
    pub(crate) contains: Option<Contains>,
    /// Whether the length of the prefix is not known, because a keyword could not be read.
    pub(crate) is_partial: bool,
}

pub(crate) struct Contains {
    pub(crate) schema: NodeId,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    /// Whether an item that matches counts as evaluated.
    pub(crate) evaluates: bool,
}

#[derive(Default)]
pub(crate) struct TextRules {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) pattern: Option<(String, Pattern)>,
}

#[derive(Default)]
pub(crate) struct NumberRules {
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    pub(crate) above: Option<Bound>,
    pub(crate) below: Option<Bound>,
    pub(crate) multiple_of: Option<(Number, Divisor)>,
}

/// A number that values are compared with.
pub(crate) struct Bound {
    pub(crate) number: Number,
    pub(crate) decimal: Decimal,
}

impl Bound {
    pub(crate) fn new(number: &Number) -> Self {
        Self { number: number.clone(), decimal: Decimal::of(number) }
    }
}

impl Node {
    /// Returns the subschemas that apply to the same value.
    pub(crate) fn in_place(&self) -> impl Iterator<Item = NodeId> + '_ {
        let condition = self.condition.iter().flat_map(|condition| {
            [Some(condition.when), condition.then, condition.otherwise].into_iter().flatten()
        });
        let dependent = self.object.iter().flat_map(|object| &object.dependent_schemas);
        let lists = [&self.references, &self.all_of, &self.any_of, &self.one_of];
        let lists = lists.into_iter().flatten().copied();
        lists.chain(self.not).chain(condition).chain(dependent.map(|(_, id)| *id))
    }

    /// Returns the values that `const` or `enum` list.
    pub(crate) fn allowed_values(&self) -> Vec<Value> {
        match (&self.constant, &self.values) {
            (Some(only), _) => vec![only.clone()],
            (None, Some(all)) => all.clone(),
            (None, None) => Vec::new(),
        }
    }
}
