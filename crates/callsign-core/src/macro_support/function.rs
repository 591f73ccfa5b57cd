//! Functions as tools: the definition that an expansion provides.

use std::sync::Arc;
use std::time::Duration;

use callsign_json::schema::description::from_docs;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{
    Arguments, ErrorVisibility, StateType, Tool, ToolFuture, ToolSpec,
};
use serde_json::Value;

use super::inject::TypeEntry;

/// The generated function that calls a tool function.
pub type FunctionCall = fn(Context, Arguments) -> ToolFuture;

/// The definition of a tool, as a constant: its metadata and the generated function that calls
/// it. For a method, `C` is a [`MethodCall`](super::method::MethodCall).
///
/// The expansion sets what the user specified and takes the other fields from
/// [`new`](Self::new): `Definition { read_only: true, ..Definition::new(…) }`.
#[derive(Debug)]
pub struct Definition<C = FunctionCall> {
    /// The tool's name.
    pub name: &'static str,
    /// The tool's group; empty if it has none.
    pub group: &'static str,
    /// The path of the module that contains the function.
    pub module: &'static str,
    /// The texts of the item's `doc` attributes.
    pub description: &'static [&'static str],
    /// Returns the JSON schema of the arguments.
    pub schema: fn() -> Value,
    /// The types of its `#[state]` parameters.
    pub required_state: &'static [TypeEntry],
    /// The types of its `#[context]` parameters.
    pub required_context: &'static [TypeEntry],
    /// Whether a call can be repeated with the same idempotency key without another effect.
    pub idempotent: bool,
    /// Whether the tool has no side effects.
    pub read_only: bool,
    /// Whether a person must approve each call.
    pub approval: bool,
    /// Whether a call never runs concurrently with another call of the same turn.
    pub sequential: bool,
    /// Whether arguments of a wrong type are converted if the conversion is lossless.
    pub coerce: bool,
    /// Whether the provider enforces the schema; `None` leaves it to the model's options.
    pub strict: Option<bool>,
    /// The visibility of its errors; `None` leaves it to the agent.
    pub errors: Option<ErrorVisibility>,
    /// Example arguments, each the text of a JSON object.
    pub examples: &'static [&'static str],
    /// The maximum size of a result in bytes; `None` for the agent's limit.
    pub max_result_bytes: Option<u64>,
    /// The timeout of one call, in milliseconds of wall time; `None` for the agent's limit.
    pub timeout_ms: Option<u64>,
    /// The maximum number of concurrent calls in one run; `None` for the agent's limit.
    pub concurrency: Option<u32>,
    /// Calls the function or the method.
    pub call: C,
}

/// A type that `tools![…]` accepts: a struct under `#[derive(Tool)]`, or the type that `#[tool]`
/// generates for a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "for a function, add `#[tool]` and name it by its path: `tools![module::function]`",
    note = "for a struct whose fields are the arguments, add `#[derive(Tool)]`",
    note = "for the methods of a value, add `#[toolset]` and write `Toolset::new(value)`"
)]
pub trait HasDefinition {
    /// Returns the tool's definition.
    fn definition() -> &'static Definition;
}

/// Returns the tool that the type `D` names.
#[must_use]
pub fn tool<D: HasDefinition + ?Sized>() -> Arc<dyn Tool> {
    D::definition().tool()
}

/// Reports a path of `tools![…]` that names a method of a type: the compiler would report an
/// ambiguous associated type, and not what to write instead.
///
/// Only the case of the letters distinguishes `Hotels::book` from `hotels::book`.
pub const fn check_path(path: &str) {
    let path = path.as_bytes();
    let (mut at, mut first, mut parent) = (0, 0, 0);
    while at < path.len() {
        match path[at] {
            // The arguments of a generic type.
            b'<' => return,
            b':' => (parent, first) = (first, 0),
            b' ' => {}
            letter if first == 0 => first = letter,
            _ => {}
        }
        // Both colons end the segment once.
        at += if path[at] == b':' { 2 } else { 1 };
    }
    assert!(
        !parent.is_ascii_uppercase(),
        "`tools!` takes functions and structs, and this path names a method of a type: write \
         `Toolset::new(value)` for the tools of a value under `#[toolset]`, and \
         `.only([\"method\"])?` to select some of them"
    );
}

impl<C> Definition<C> {
    /// Creates a definition with defaults for all other fields.
    #[must_use]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        description: &'static [&'static str],
        schema: fn() -> Value,
        call: C,
    ) -> Self {
        Self {
            name,
            group: "",
            module,
            description,
            schema,
            required_state: &[],
            required_context: &[],
            idempotent: false,
            read_only: false,
            approval: false,
            sequential: false,
            coerce: false,
            strict: None,
            errors: None,
            examples: &[],
            max_result_bytes: None,
            timeout_ms: None,
            concurrency: None,
            call,
        }
    }

    /// Returns the tool's specification.
    pub(super) fn spec(&self) -> ToolSpec {
        let description = from_docs(self.description.iter().copied());
        let mut spec = ToolSpec::new(self.name, description, self.schema_with_examples());
        spec.idempotent = self.idempotent;
        spec.read_only = self.read_only;
        spec.timeout = self.timeout_ms.map(Duration::from_millis);
        spec.concurrency = self.concurrency;
        spec.approval = self.approval;
        spec.sequential = self.sequential;
        spec.coerce = self.coerce;
        spec.lenient_schema = false;
        spec.definition.strict = self.strict;
        spec.errors = self.errors;
        spec.max_result_bytes = self.max_result_bytes;
        spec.group = self.group.into();
        let types = |entries: &[TypeEntry]| {
            entries.iter().map(|(id, name)| StateType::new(id(), name())).collect()
        };
        spec.required_state = types(self.required_state);
        spec.required_context = types(self.required_context);
        spec
    }

    /// Returns the schema with the user's examples. An example that is not valid JSON stays a
    /// string: building an agent reports it.
    fn schema_with_examples(&self) -> Value {
        let mut schema = (self.schema)();
        if let (Some(schema), false) = (schema.as_object_mut(), self.examples.is_empty()) {
            let parse =
                |text: &&str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(*text));
            schema.insert("examples".to_owned(), self.examples.iter().map(parse).collect());
        }
        schema
    }
}

impl Definition {
    pub(super) fn tool(&'static self) -> Arc<dyn Tool> {
        Arc::new(FunctionTool { spec: self.spec(), call: self.call })
    }
}

struct FunctionTool {
    spec: ToolSpec,
    call: FunctionCall,
}

impl Tool for FunctionTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(context, arguments)
    }
}
