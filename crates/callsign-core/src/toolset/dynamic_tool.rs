//! A tool that is made while the program runs.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::definition::{Argument, IntoOutput, Reading};
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::tool_name::stand_in;

type Function = dyn Fn(Context, Arguments) -> ToolFuture + Send + Sync;

/// A tool that is made while the program runs: of a closure, or of a JSON schema that is known
/// only then, as from another server's list of tools.
///
/// ```
/// # use callsign_core as callsign;
/// # use callsign::traits::{context::Context, tool::Tool, tool_error::ToolError};
/// # use callsign::toolset::dynamic_tool::DynamicTool;
/// use serde_json::{Value, json};
///
/// let schema = json!({
///     "type": "object",
///     "properties": { "number": { "type": "integer", "minimum": 0, "maximum": 20 } },
///     "required": ["number"],
/// });
/// let factorial = DynamicTool::new(
///     "math.factorial",
///     "Calculates the factorial of a number.",
///     schema,
///     |_context: Context, arguments: Value| async move {
///         let number = arguments["number"].as_u64();
///         let number = number.ok_or_else(|| ToolError::retry("`number` is missing"))?;
///         Ok((1..=number).product::<u64>())
///     },
/// )
/// .read_only();
///
/// let spec = factorial.spec();
/// assert_eq!(spec.name(), "math_factorial");
/// assert_eq!(spec.original_name.as_deref(), Some("math.factorial"));
/// ```
///
/// **Names.** Services take names of 1 to 64 of `A-Z`, `a-z`, `0-9`, `_` and `-`. Where the given
/// one is another, every character that they refuse becomes `_`: models read `math_factorial` better
/// than any code that could be turned back by itself. The given name is kept as
/// [`ToolSpec::original_name`], so that it can be found again. Where two given names come to one in
/// an agent or a [`Toolset`](super::toolset::Toolset), each has eight digits of its hash behind it,
/// as a name has that was too long and is cut: `math_factorial_c5f93f2f`. All that depends on
/// nothing but which tools there are: not on their order, not on the process.
///
/// **The name of this type.** It is no `Tool::from_fn`, because `Tool` is a trait and Rust would
/// have it written `<dyn Tool>::from_fn`; and no free function, because what is made has settings.
pub struct DynamicTool {
    spec: ToolSpec,
    function: Arc<Function>,
}

impl DynamicTool {
    /// A tool whose arguments keep to this JSON schema, an object's.
    ///
    /// The closure gets them as they passed the schema. What it returns is what the model hears: a
    /// text as it stands, a [`ToolOutput`](crate::traits::tool::ToolOutput) with its parts,
    /// anything else as JSON. Its errors say who hears them; `?` makes any other error a private
    /// one.
    pub fn new<F, Fut, R>(
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
        schema: Value,
        function: F,
    ) -> Self
    where
        F: Fn(Context, Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
        R: IntoOutput,
    {
        let call = move |context: Context, arguments: Arguments| -> ToolFuture {
            match arguments.decode::<Value>() {
                Ok(arguments) => finish(function(context, arguments)),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        Self::of(name.into(), description.into(), schema, Arc::new(call))
    }

    /// A tool of a closure, whose second parameter is the arguments: a type under `#[data]`, which
    /// gives the JSON schema too.
    ///
    /// ```
    /// # use callsign_core as callsign;
    /// # use callsign::traits::{context::Context, tool_error::ToolError};
    /// # use callsign::toolset::dynamic_tool::DynamicTool;
    /// # use serde::Deserialize;
    /// # use schemars::JsonSchema;
    /// #[derive(Deserialize, JsonSchema)] // or `#[data]`
    /// struct Sum {
    ///     /// The numbers to add.
    ///     numbers: Vec<f64>,
    /// }
    ///
    /// let add = DynamicTool::from_fn("add", "Adds numbers.", |_, sum: Sum| async move {
    ///     Ok(sum.numbers.iter().sum::<f64>())
    /// });
    /// # let _ = add;
    /// ```
    pub fn from_fn<A, F, Fut, R>(
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
        function: F,
    ) -> Self
    where
        A: Argument + 'static,
        F: Fn(Context, A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
        R: IntoOutput,
    {
        let reading = Reading::<A>::new();
        let decode = reading.decode;
        let call = move |context: Context, arguments: Arguments| -> ToolFuture {
            match decode(&arguments) {
                Ok(arguments) => finish(function(context, arguments)),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        let schema = closed((reading.schema)());
        Self::of(name.into(), description.into(), schema, Arc::new(call))
    }

    fn of(name: Arc<str>, description: Arc<str>, schema: Value, function: Arc<Function>) -> Self {
        let (name, original_name) = match stand_in(&name, &name) {
            Some(other) => (Arc::from(other), Some(name)),
            None => (name, None),
        };
        let mut spec = ToolSpec::new(name, description, with_properties(schema));
        spec.original_name = original_name;
        Self { spec, function }
    }

    /// Says that it changes nothing.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.map_spec(|spec| spec.read_only = true)
    }

    /// Says that calling it again under the same
    /// [`idempotency_key`](Context::idempotency_key) does no harm.
    #[must_use]
    pub fn idempotent(self) -> Self {
        self.map_spec(|spec| spec.idempotent = true)
    }

    /// Has a person approve each call before it is run.
    #[must_use]
    pub fn with_approval(self) -> Self {
        self.map_spec(|spec| spec.approval = true)
    }

    /// Bounds the wall time of one call.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map_spec(|spec| spec.timeout = Some(timeout))
    }

    /// Changes anything else that the model and the agent know of it.
    #[must_use]
    pub fn map_spec(mut self, change: impl FnOnce(&mut ToolSpec)) -> Self {
        change(&mut self.spec);
        self
    }
}

/// The output of a closure, once it has one.
fn finish<Fut, R>(work: Fut) -> ToolFuture
where
    Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    R: IntoOutput,
{
    Box::pin(async move { work.await?.into_output() })
}

/// The schema of an object that says which properties it has, be it none: some services refuse
/// one that does not.
fn with_properties(mut schema: Value) -> Value {
    if let Some(schema) =
        schema.as_object_mut().filter(|schema| schema.get("type") == Some(&json!("object")))
    {
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    schema
}

/// The schema of arguments that refuse keys which they do not name, as those of `#[tool]` do;
/// arguments that are put together from several schemas stay open, because each of these knows only
/// a part of the keys.
fn closed(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        let open = ["allOf", "anyOf", "oneOf", "$ref", "additionalProperties"];
        if schema.contains_key("properties") && !open.iter().any(|key| schema.contains_key(*key)) {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    schema
}

impl Tool for DynamicTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.function)(context, arguments)
    }
}

impl fmt::Debug for DynamicTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicTool").field("spec", &self.spec).finish_non_exhaustive()
    }
}
