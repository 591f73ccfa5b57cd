//! Tools: the [`Tool`] trait, specifications, arguments and output.

use std::any::{TypeId, type_name};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::context::Context;
use super::run_context::RunContext;
use super::tool_error::ToolError;
use crate::approval::ApprovalRequest;
use crate::content::Content;
use crate::redacted::Redacted;
use crate::request::ToolDefinition;

/// The future of one tool call.
pub type ToolFuture = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;

/// A tool that a model can call.
///
/// Most tools are functions with the attribute `#[tool]`, which implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool by itself",
    label = "not a tool",
    note = "list functions with `#[tool]` by their paths: `.tools(tools![search, hotels::book])`",
    note = "for the methods of a value with `#[toolset]`, use `.tools(Toolset::new(value))`"
)]
pub trait Tool: Send + Sync + 'static {
    /// Returns the specification, which must always be the same.
    fn spec(&self) -> &ToolSpec;

    /// Runs the tool. The caller applies the timeout and catches panics.
    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture;
}

/// Implements the trait for a pointer to a tool.
macro_rules! tool_for {
    ($($pointer:ident),*) => {$(
        impl<T: Tool + ?Sized> Tool for $pointer<T> {
            fn spec(&self) -> &ToolSpec {
                (**self).spec()
            }

            fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
                (**self).call(context, arguments)
            }
        }
    )*};
}

tool_for!(Arc, Box);

impl fmt::Debug for dyn Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tool").field(&self.spec().definition.name).finish()
    }
}

/// The specification of a tool: its definition for the model and its settings for the agent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The definition that the model receives.
    pub definition: ToolDefinition,
    /// Whether repeating a call with the same idempotency key has no further effect.
    pub idempotent: bool,
    /// Whether the tool has no effects.
    pub read_only: bool,
    /// Whether each call requires human approval.
    pub approval: bool,
    /// Whether the tool never runs concurrently with another call of the same response.
    pub sequential: bool,
    /// Whether arguments of a wrong type are converted if nothing is lost, such as `"3"` to `3`.
    pub coerce: bool,
    /// Whether what is wrong in the schema is not checked, instead of failing `build()`. This is
    /// the default, because many schemas were written elsewhere: one of them must not stop an
    /// agent with other tools. A warning names the tool, the path and the keyword. The model
    /// receives the schema unchanged. Derived tools have `false`.
    pub lenient_schema: bool,
    /// The maximum duration of one call; `None` for
    /// [`Limits::tool_timeout`](crate::limits::Limits::tool_timeout).
    pub timeout: Option<Duration>,
    /// The maximum number of concurrent calls of the tool in one run; `None` for the limit that
    /// applies to all tools.
    pub concurrency: Option<u32>,
    /// The maximum number of bytes of a result that the model receives; `None` for
    /// [`Limits::max_result_bytes`](crate::limits::Limits::max_result_bytes). The journal keeps
    /// the complete result.
    pub max_result_bytes: Option<u64>,
    /// The visibility of the tool's errors; `None` for the agent's setting.
    pub errors: Option<ErrorVisibility>,
    /// The name of the tool's group; empty for none.
    pub group: Arc<str>,
    /// The name that the application uses, if providers reject it. `definition.name` is then a
    /// valid replacement.
    pub original_name: Option<Arc<str>>,
    /// The types of state that the tool requires from the agent.
    pub required_state: Vec<StateType>,
    /// The types of context values that the tool requires from every run.
    pub required_context: Vec<StateType>,
    /// Decides in which runs the model receives the tool; `None` for all.
    pub enabled_if: Option<Predicate>,
    /// The sub-agents that a call of the tool runs, including nested ones.
    #[doc(hidden)]
    pub agents: Vec<SubAgent>,
}

/// An agent that is part of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct SubAgent {
    /// The agent's name.
    #[doc(hidden)]
    pub name: Arc<str>,
    /// The path of agents that leads to this one, for messages.
    #[doc(hidden)]
    pub path: Arc<str>,
}

/// The visibility of a tool's errors. It replaces the visibility that an error's type implies. A
/// [`ToolError`] whose constructor states a visibility keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorVisibility {
    /// The model receives all errors, including boxed errors and `anyhow` errors.
    Visible,
    /// The model receives only that the tool failed. The error is logged.
    Private,
}

/// A condition on a run that decides whether the model receives a tool.
#[derive(Clone)]
pub struct Predicate(Arc<dyn Fn(&RunContext) -> bool + Send + Sync>);

impl Predicate {
    /// Creates a condition from a closure.
    pub fn new(holds: impl Fn(&RunContext) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// Returns a condition that holds if both conditions hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(move |run| self.holds(run) && other.holds(run))
    }

    /// Returns whether the condition holds for a run.
    #[must_use]
    pub fn holds(&self, run: &RunContext) -> bool {
        (self.0)(run)
    }
}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Predicate")
    }
}

impl ToolSpec {
    /// Creates a specification from a name, a description and the JSON schema of the arguments.
    pub fn new(name: impl Into<Arc<str>>, description: impl Into<Arc<str>>, schema: Value) -> Self {
        Self {
            definition: ToolDefinition::new(name, description, schema),
            idempotent: false,
            read_only: false,
            approval: false,
            sequential: false,
            coerce: false,
            lenient_schema: true,
            timeout: None,
            concurrency: None,
            max_result_bytes: None,
            errors: None,
            group: "".into(),
            original_name: None,
            required_state: Vec::new(),
            required_context: Vec::new(),
            enabled_if: None,
            agents: Vec::new(),
        }
    }

    /// Returns the tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Returns whether a call that started without a result may run again.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.idempotent || self.read_only
    }
}

/// A type of which a tool requires a value, from the agent's state or from a run's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateType {
    /// The identity of the type.
    pub id: TypeId,
    /// The name of the type, for messages.
    pub name: &'static str,
}

impl StateType {
    /// Creates a description from the identity and the name of a type.
    #[must_use]
    pub fn new(id: TypeId, name: &'static str) -> Self {
        Self { id, name }
    }

    /// Creates the description of `T`.
    #[must_use]
    pub fn of<T: ?Sized + 'static>() -> Self {
        Self::new(TypeId::of::<T>(), type_name::<T>())
    }
}

/// The arguments of a call: the text of a JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments(Arc<str>);

impl AsRef<str> for Arguments {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Arguments {
    fn from(json: &str) -> Self {
        Self::new(json)
    }
}

impl From<String> for Arguments {
    fn from(json: String) -> Self {
        Self::new(json)
    }
}

impl Arguments {
    /// Creates arguments from the text of a JSON object.
    pub fn new(json: impl Into<Arc<str>>) -> Self {
        Self(json.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Deserializes the arguments.
    ///
    /// # Errors
    /// Returns an error that asks the model to fix the call and names the path of the mistake.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ToolError> {
        if let Ok(decoded) = serde_json::from_str(&self.0) {
            return Ok(decoded);
        }
        // Tracking the path doubles the cost, so only a failure pays for it.
        let mut deserializer = serde_json::Deserializer::from_str(&self.0);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let cause = without_position(&error.inner().to_string());
            ToolError::invalid_arguments(match path.as_str() {
                "." => cause,
                path => format!("`{path}`: {cause}"),
            })
        })
    }
}

/// The output of a tool.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// The content that is returned to the model.
    pub content: Content,
    /// Metadata for the caller only: in the result's event, the reply and the journal.
    pub metadata: Option<Value>,
    /// What follows for the run.
    #[doc(hidden)]
    pub effect: Effect,
}

/// What follows from an output for the run.
#[derive(Clone, Debug, Default, PartialEq)]
#[doc(hidden)]
pub enum Effect {
    /// The output is returned to the model.
    #[default]
    None,
    /// The call's arguments are the run's output.
    Output,
    /// The conversation is handed off to another agent.
    HandOff {
        /// The agent's name.
        to: Arc<str>,
        /// The message that the agent receives instead of the conversation so far; `None` if it
        /// receives the conversation.
        message: Option<String>,
    },
    /// There is no output yet: the call waits until these approval requests are decided.
    Suspend(Vec<ApprovalRequest>),
}

impl ToolOutput {
    /// Creates the output of a sub-agent's call that waits for approvals.
    #[doc(hidden)]
    #[must_use]
    pub fn suspended(requests: Vec<ApprovalRequest>) -> Self {
        let effect = Effect::Suspend(requests);
        Self { effect, ..Self::new("The call waits for approvals.") }
    }

    /// Returns whether there is no output yet, because a sub-agent waits for approvals. Middleware
    /// returns such an output unchanged: the call runs again once the approvals are decided.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        matches!(self.effect, Effect::Suspend(_))
    }

    /// Creates an output whose content is returned to the model unchanged.
    pub fn new(content: impl Into<Content>) -> Self {
        Self { content: content.into(), metadata: None, effect: Effect::None }
    }

    /// Sets metadata for the caller only, serialized as JSON. The result's event, the reply and
    /// the journal contain it. No request to a model does.
    ///
    /// # Errors
    /// Returns a private error if the value cannot be serialized, such as a map whose keys are not
    /// strings.
    pub fn with_metadata<T: serde::Serialize + ?Sized>(
        mut self,
        value: &T,
    ) -> Result<Self, ToolError> {
        self.metadata = Some(serde_json::to_value(value).map_err(ToolError::private)?);
        Ok(self)
    }

    /// Creates an output whose content is a value, serialized as JSON.
    ///
    /// # Errors
    /// Returns a private error if the value cannot be serialized, such as a map whose keys are not
    /// strings.
    pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, ToolError> {
        serde_json::to_string(value).map(Self::new).map_err(ToolError::private)
    }
}

// The metadata is for the caller only, and `Debug` output ends up in logs.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content, metadata, effect } = self;
        f.debug_struct("ToolOutput")
            .field("content", content)
            .field("metadata", &Redacted::of(metadata.as_ref()))
            .field("effect", effect)
            .finish()
    }
}

impl<T: Into<Content>> From<T> for ToolOutput {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

/// Removes ` at line 1 column 9` from a message of serde_json. It tells a model nothing that the
/// path does not.
fn without_position(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(at) => message[..at].to_owned(),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::traits::extensions::Extensions;

    #[test]
    fn arguments_convert_to_and_from_text() {
        let arguments = Arguments::from(r#"{"n":1}"#);
        assert_eq!(arguments, Arguments::from(arguments.to_string()));
        assert_eq!(arguments.as_ref(), arguments.as_str());
    }

    #[test]
    fn a_state_type_has_the_name_of_its_type() {
        let of = StateType::of::<str>();
        assert_eq!(of, StateType::new(TypeId::of::<str>(), "str"));
    }

    struct Echo(ToolSpec);

    impl Tool for Echo {
        fn spec(&self) -> &ToolSpec {
            &self.0
        }

        fn call(&self, _: Context, arguments: Arguments) -> ToolFuture {
            Box::pin(async move { Ok(arguments.to_string().into()) })
        }
    }

    #[tokio::test]
    async fn pointers_to_tools_are_tools() {
        let echo = Echo(ToolSpec::new("echo", "Echoes.", json!({"type": "object"})));
        let boxed: Box<dyn Tool> = Box::new(echo);
        let shared: Arc<dyn Tool> = Arc::new(boxed);
        assert_eq!(shared.spec().name(), "echo");
        let output = shared.call(Context::detached(Extensions::default()), Arguments::from("{}"));
        assert_eq!(output.await.unwrap(), ToolOutput::new("{}"));
    }
}
