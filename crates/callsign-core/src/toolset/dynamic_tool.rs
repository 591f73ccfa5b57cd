//! Tools created at run time.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_json::schema::close::close_root;
use callsign_types::tool_name::sanitized_name;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use serde_json::{Value, json};

use crate::macro_support::{Argument, ArgumentDecoder, IntoOutput};

type Function = dyn Fn(Context, Arguments) -> ToolFuture + Send + Sync;

/// A tool created at run time, from a closure and a JSON schema such as one from another server's
/// list of tools.
///
/// ```
/// # use callsign_core::toolset::dynamic_tool::DynamicTool;
/// # use callsign_types::traits::{context::Context, tool::Tool, tool_error::ToolError};
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
/// **Names.** Providers accept names of 1 to 64 characters of `A-Z`, `a-z`, `0-9`, `_` and `-`. In
/// any other name each refused character becomes `_`: models read `math_factorial` better than a
/// reversible encoding. [`ToolSpec::original_name`] keeps the original. If two originals of an
/// agent or a [`Toolset`](super::toolset::Toolset) become the same name, each gets eight digits of
/// its hash as a suffix, such as `math_factorial_c5f93f2f`. So does a name that is too long and was
/// truncated. The result depends only on the set of tools, not on their order or the process.
pub struct DynamicTool {
    spec: ToolSpec,
    function: Arc<Function>,
}

impl DynamicTool {
    /// Creates a tool whose arguments are validated against a JSON schema, that of an object.
    ///
    /// The schema may be of any draft since 4, or have OpenAPI's `nullable`. The model receives it
    /// unchanged. What is wrong in it or cannot be checked allows every value, and a warning names
    /// it; see [`ToolSpec::lenient_schema`].
    ///
    /// The closure receives the validated arguments. The model receives what it returns: a text as
    /// it is, a [`ToolOutput`](callsign_types::traits::tool::ToolOutput) with its parts, any other
    /// value as JSON, and a JSON string without quotes. `?` turns any error that is not a [`ToolError`] into a private one.
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

    /// Creates a tool from a closure whose second parameter is a type under `#[data]`. The JSON
    /// schema is derived from that type.
    ///
    /// ```
    /// # use callsign_core::toolset::dynamic_tool::DynamicTool;
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
        let decoder = ArgumentDecoder::<A>::new();
        let decode = decoder.decode;
        let call = move |context: Context, arguments: Arguments| -> ToolFuture {
            match decode(&arguments) {
                Ok(arguments) => finish(function(context, arguments)),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        let mut schema = (decoder.schema)();
        close_root(&mut schema);
        Self::of(name.into(), description.into(), schema, Arc::new(call))
            .map_spec(|spec| spec.lenient_schema = false)
    }

    fn of(name: Arc<str>, description: Arc<str>, schema: Value, function: Arc<Function>) -> Self {
        let (name, original_name) = match sanitized_name(&name, &name) {
            Some(other) => (Arc::from(other), Some(name)),
            None => (name, None),
        };
        let mut spec = ToolSpec::new(name, description, with_properties(schema));
        spec.original_name = original_name;
        Self { spec, function }
    }

    /// Marks the tool as read-only: it changes nothing.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.map_spec(|spec| spec.read_only = true)
    }

    /// Marks the tool as idempotent: repeating a call under the same
    /// [`idempotency_key`](Context::idempotency_key) has no further effect.
    #[must_use]
    pub fn idempotent(self) -> Self {
        self.map_spec(|spec| spec.idempotent = true)
    }

    /// Requires human approval for each call.
    #[must_use]
    pub fn require_approval(self) -> Self {
        self.map_spec(|spec| spec.approval = true)
    }

    /// Sets the timeout of one call.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map_spec(|spec| spec.timeout = Some(timeout))
    }

    /// Changes anything else of the spec.
    #[must_use]
    pub fn map_spec(mut self, change: impl FnOnce(&mut ToolSpec)) -> Self {
        change(&mut self.spec);
        self
    }
}

/// Returns the future of a closure's output.
fn finish<Fut, R>(work: Fut) -> ToolFuture
where
    Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    R: IntoOutput,
{
    Box::pin(async move { work.await?.into_output() })
}

/// Adds `properties` to the schema of an object that has none, because some providers require it.
fn with_properties(mut schema: Value) -> Value {
    if let Some(schema) =
        schema.as_object_mut().filter(|schema| schema.get("type") == Some(&json!("object")))
    {
        schema.entry("properties").or_insert_with(|| json!({}));
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
