//! Compilation of schemas: all keywords are read once, whatever values they have.

mod cycles;
mod dialect;
mod keywords;
mod node;
mod origin;
mod read;
mod resources;
mod types;

use std::collections::HashMap;

use serde_json::{Map, Value};

use self::dialect::Draft;
pub(super) use self::node::{ArrayRules, Bound, Compiled, Node, NodeId, ObjectRules};
use self::origin::{Origins, Step};
use self::resources::{Resources, Unresolved, address};
pub(super) use self::types::Types;
use super::defect::Unchecked;
use super::pattern::PatternBudget;
use super::required;

/// The node of the whole schema.
pub(super) const ROOT: NodeId = 0;

/// The number of reports of each kind that are kept for one schema.
const MAX_REPORTS: usize = 32;

/// The keywords that hold schemas without applying them.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// The examples of a subschema.
pub(super) struct Examples<'a> {
    pub(super) id: NodeId,
    pub(super) pointer: String,
    pub(super) values: &'a [Value],
}

/// Compiles a schema. Also returns what values are not checked against, and the examples.
pub(super) fn compile(root: &Value) -> (Compiled, Vec<Unchecked>, Vec<Examples<'_>>) {
    let (draft, is_known) = Draft::of(root);
    let mut compiler = Compiler {
        draft,
        resources: Resources::new(root, draft),
        nodes: Vec::new(),
        ids: HashMap::new(),
        queue: Vec::new(),
        origins: Origins::default(),
        patterns: PatternBudget::default(),
        unchecked: Vec::new(),
        examples: Vec::new(),
    };
    compiler.enqueue(root, None);
    if !is_known {
        let reason = "it is not a known version of JSON Schema, so the schema is read as \
                      draft 2020-12";
        compiler.unsupported(0, "$schema", reason.to_owned());
    }
    while let Some((id, schema)) = compiler.queue.pop() {
        compiler.read(id, schema);
    }
    for id in cycles::mark_endless(&mut compiler.nodes) {
        compiler.invalid(id, "$ref", "it leads back to itself".to_owned());
    }
    compiler.resolve_contradictions();
    (Compiled { nodes: compiler.nodes }, compiler.unchecked, compiler.examples)
}

/// Reads the subschemas one after another, so that no schema can exhaust the stack.
struct Compiler<'a> {
    draft: Draft,
    resources: Resources<'a>,
    nodes: Vec<Node>,
    /// The nodes by the addresses of their schemas.
    ids: HashMap<usize, NodeId>,
    queue: Vec<(NodeId, &'a Value)>,
    origins: Origins<'a>,
    patterns: PatternBudget,
    unchecked: Vec<Unchecked>,
    examples: Vec<Examples<'a>>,
}

impl<'a> Compiler<'a> {
    /// Returns the node of a schema, which is read later.
    fn enqueue(&mut self, schema: &'a Value, origin: Option<(NodeId, Step<'a>)>) -> NodeId {
        let address = address(schema);
        if let Some(id) = self.ids.get(&address) {
            return *id;
        }
        let id = self.nodes.len();
        self.nodes.push(Node::default());
        self.ids.insert(address, id);
        self.origins.add(origin);
        self.queue.push((id, schema));
        id
    }

    fn read(&mut self, id: NodeId, schema: &'a Value) {
        match schema {
            Value::Bool(allows) => self.nodes[id].never = !allows,
            Value::Object(fields) => self.read_object(id, schema, fields),
            other => {
                self.nodes[id].is_opaque = true;
                let reason = format!("expected a schema, got {}", read::short(other));
                self.invalid(id, "", reason);
            }
        }
    }

    fn read_object(&mut self, id: NodeId, schema: &'a Value, fields: &'a Map<String, Value>) {
        for keyword in DEFINITIONS {
            if let Some(definitions) = fields.get(keyword) {
                self.named(id, keyword, definitions);
            }
        }
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let reference = fields.get(keyword).filter(|_| self.draft.has(keyword));
            if let Some(reference) = reference {
                self.reference(id, keyword, reference, schema);
            }
        }
        if fields.contains_key("$ref") && self.draft.references_replace() {
            return;
        }
        if let Some(Value::Array(values)) = fields.get("examples") {
            let pointer = self.origins.pointer(id);
            self.examples.push(Examples { id, pointer, values });
        }
        let mut node = std::mem::take(&mut self.nodes[id]);
        for (keyword, value) in fields {
            // Some generators write null for a keyword that is absent.
            let is_absent = value.is_null() && !matches!(&**keyword, "const" | "default");
            if self.draft.has(keyword) && !is_absent {
                self.keyword(id, &mut node, keyword, value, fields);
            }
        }
        self.nodes[id] = node;
    }

    fn reference(&mut self, id: NodeId, keyword: &'a str, reference: &Value, schema: &Value) {
        let Some(text) = reference.as_str() else {
            let reason = format!("expected a string, got {}", read::short(reference));
            self.nodes[id].is_opaque = true;
            return self.invalid(id, keyword, reason);
        };
        let resolved = self.resources.resolve(text, schema);
        match resolved {
            Ok(target) if self.resources.is_static(keyword, text) => {
                let target = self.enqueue(target, Some((id, Step::Reference(keyword))));
                self.nodes[id].references.push(target);
                return;
            }
            Ok(_) => {
                let reason = format!("`{text}` depends on the schema that refers to it");
                self.unsupported(id, keyword, reason);
            }
            Err(Unresolved::Missing) => {
                self.invalid(id, keyword, format!("`{text}` does not exist"));
            }
            Err(Unresolved::OtherDocument) => {
                let reason =
                    format!("`{text}` is in another document: move that schema into `$defs`");
                self.invalid(id, keyword, reason);
            }
        }
        self.nodes[id].is_opaque = true;
    }

    /// Finds required keys that are not allowed, except where that may be intended.
    fn resolve_contradictions(&mut self) {
        for id in 0..self.nodes.len() {
            let Some(object) = &self.nodes[id].object else { continue };
            let refuses_others = object.additional.is_some_and(|other| self.nodes[other].never);
            if !refuses_others || self.origins.is_inside(id, &["if", "not"]) {
                continue;
            }
            let object = self.nodes[id].object.as_mut();
            if let Some(reason) = object.and_then(|object| required::resolve(object)) {
                self.invalid(id, "required", reason);
            }
        }
    }

    fn invalid(&mut self, id: NodeId, keyword: &str, reason: String) {
        self.report(Unchecked::invalid(self.origins.pointer(id), keyword, reason));
    }

    fn unsupported(&mut self, id: NodeId, keyword: &str, reason: String) {
        self.report(Unchecked::unsupported(self.origins.pointer(id), keyword, reason));
    }

    fn report(&mut self, unchecked: Unchecked) {
        let is_invalid = unchecked.is_invalid();
        let same = self.unchecked.iter().filter(|other| other.is_invalid() == is_invalid);
        if same.count() < MAX_REPORTS {
            self.unchecked.push(unchecked);
        }
    }
}
