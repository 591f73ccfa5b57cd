//! A function as a tool.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::lent::StateEntry;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, ErrorAudience, StateType, Tool, ToolFuture, ToolSpec};

/// What runs a function.
pub type Call = fn(Context, Arguments) -> ToolFuture;

/// What the macro knows of a function; of a method, with a
/// [`MethodCall`](super::method::MethodCall).
///
/// The expansion says what the user said and leaves the rest to [`new`](Self::new):
/// `Definition { read_only: true, ..Definition::new(…) }`.
#[derive(Debug)]
pub struct Definition<C = Call> {
    /// The tool's name.
    pub name: &'static str,
    /// The group that it was put into; empty for none.
    pub group: &'static str,
    /// The module that the function stands in.
    pub module: &'static str,
    /// The lines of the doc comment.
    pub description: &'static [&'static str],
    /// Makes the JSON schema of the arguments.
    pub schema: fn() -> Value,
    /// The types of state that it takes.
    pub states: &'static [StateEntry],
    /// The types of value that it takes of those that a run is given.
    pub given: &'static [StateEntry],
    /// Whether calling it again under the same key does no harm.
    pub idempotent: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether a person has to approve each call.
    pub approval: bool,
    /// Whether it never runs beside another call of its reply.
    pub sequential: bool,
    /// Whether arguments of a wrong type are turned into the right one where nothing is lost.
    pub coerce: bool,
    /// Whether the service is to hold the model to the schema, where it says so.
    pub strict: Option<bool>,
    /// Who hears its errors, where it says so.
    pub errors: Option<ErrorAudience>,
    /// Arguments as a model might send them: the texts of JSON objects.
    pub examples: &'static [&'static str],
    /// The bytes of a result that the model sees.
    pub max_result_bytes: Option<u64>,
    /// Wall time of one call, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Calls of it that run at once.
    pub concurrency: Option<u32>,
    /// Runs it.
    pub call: C,
}

/// A name that `tools![…]` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "mark the function with `#[tool]`, and name it by its path: `tools![module::function]`",
    note = "mark a struct whose fields are the arguments with `#[derive(Tool)]`",
    note = "the methods of a value are its tools under `#[toolset]`: `Toolset::of(value)`"
)]
pub trait Defined {
    /// What is known of it.
    fn definition() -> &'static Definition;
}

/// The tool behind a name.
#[must_use]
pub fn tool<D: Defined + ?Sized>() -> Arc<dyn Tool> {
    D::definition().tool()
}

impl<C> Definition<C> {
    /// A definition that says nothing but this.
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
            states: &[],
            given: &[],
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

    /// What an agent knows of the tool.
    pub(super) fn spec(&self) -> ToolSpec {
        let description = self.description.iter().map(|line| line.trim());
        let description = description.collect::<Vec<_>>().join("\n");
        let mut spec = ToolSpec::new(self.name, description.trim(), self.schema_with_examples());
        spec.idempotent = self.idempotent;
        spec.read_only = self.read_only;
        spec.timeout = self.timeout_ms.map(Duration::from_millis);
        spec.concurrency = self.concurrency;
        spec.approval = self.approval;
        spec.sequential = self.sequential;
        spec.coerce = self.coerce;
        spec.definition.strict = self.strict;
        spec.errors = self.errors;
        spec.max_result_bytes = self.max_result_bytes;
        spec.group = self.group.into();
        let types = |entries: &[StateEntry]| {
            entries.iter().map(|(id, name)| StateType { id: id(), name: name() }).collect()
        };
        spec.states = types(self.states);
        spec.given = types(self.given);
        spec
    }

    /// The schema, with what the user gave as examples. A text that is no JSON is kept as it is,
    /// and complained about when an agent is built.
    fn schema_with_examples(&self) -> Value {
        let mut schema = (self.schema)();
        if let (Some(schema), false) = (schema.as_object_mut(), self.examples.is_empty()) {
            let read =
                |text: &&str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(*text));
            schema.insert("examples".to_owned(), self.examples.iter().map(read).collect());
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
    call: Call,
}

impl Tool for FunctionTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(context, arguments)
    }
}
