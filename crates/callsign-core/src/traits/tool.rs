//! A tool: something that a model may call.

use std::any::TypeId;
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
use crate::words::content::Content;
use crate::words::hidden::Hidden;
use crate::words::request::ToolDefinition;

/// The future of one call.
pub type ToolFuture = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;

/// Something that a model may call.
///
/// Most tools are functions under `#[tool]`; this is what that attribute writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool by itself",
    label = "not a tool",
    note = "name functions under `#[tool]` by their paths: `.tools(tools![search, hotels::book])`",
    note = "the methods of a value under `#[toolset]` are `.tools(Toolset::of(value))`"
)]
pub trait Tool: Send + Sync + 'static {
    /// What the model and the agent know of it; always the same.
    fn spec(&self) -> &ToolSpec;

    /// Runs it. Panics and endless waits are the caller's business, who contains them.
    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture;
}

impl<T: Tool + ?Sized> Tool for Arc<T> {
    fn spec(&self) -> &ToolSpec {
        (**self).spec()
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (**self).call(context, arguments)
    }
}

impl fmt::Debug for dyn Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tool").field(&self.spec().definition.name).finish()
    }
}

/// What a model and an agent know of a tool.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolSpec {
    /// What the model sees.
    pub definition: ToolDefinition,
    /// Whether calling it again under the same idempotency key does no harm.
    pub idempotent: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether a person has to approve each call before it is run.
    pub approval: bool,
    /// Whether a call of it never runs beside another call of its reply.
    pub sequential: bool,
    /// Whether arguments of a wrong type are turned into the right one where nothing is lost by
    /// it, such as `"3"` into `3`.
    pub coerce: bool,
    /// Wall time of one call, where it is not the agent's
    /// [`Limits::tool_timeout`](crate::words::limits::Limits::tool_timeout).
    pub timeout: Option<Duration>,
    /// Calls of it that run at once in one run; `None` leaves it to the agent's limit.
    pub concurrency: Option<u32>,
    /// The bytes of a result that the model sees, where it is not the agent's
    /// [`Limits::result_bytes`](crate::words::limits::Limits::result_bytes). The journal keeps
    /// the whole.
    pub max_result_bytes: Option<u64>,
    /// Who hears its errors, where neither the error says so itself nor its type decides.
    pub errors: Option<ErrorAudience>,
    /// The group that it was put into; empty for none.
    pub group: Arc<str>,
    /// The name under which the application knows it, where that is not one that services take
    /// and `definition.name` stands in for it.
    pub original_name: Option<Arc<str>>,
    /// The types of state that it needs.
    pub states: Vec<StateType>,
    /// The types of value that it needs every run to be given.
    pub given: Vec<StateType>,
    /// In which runs the model sees it; `None` for all.
    pub when: Option<Predicate>,
    /// The agents that a call of it runs, and those under them.
    pub(crate) agents: Vec<AgentUnder>,
}

/// An agent that is part of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentUnder {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// The agents that lead to it, itself among them, for messages.
    pub(crate) path: Arc<str>,
}

/// Who hears the errors of a tool whose type does not say so: [`ToolError`] always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorAudience {
    /// The model hears all of them, those that were erased (`anyhow`, boxed errors) as well.
    Told,
    /// The model hears only that the tool failed; the log has the error.
    Private,
}

/// In which runs the model sees a tool.
#[derive(Clone)]
pub struct Predicate(Arc<dyn Fn(&RunContext) -> bool + Send + Sync>);

impl Predicate {
    /// In the runs for which this holds.
    pub fn new(holds: impl Fn(&RunContext) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// In the runs for which both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(move |run| self.holds(run) && other.holds(run))
    }

    /// Whether it holds for this run.
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
    /// The spec of a tool of this name and description, whose arguments keep to this JSON schema.
    pub fn new(name: impl Into<Arc<str>>, description: impl Into<Arc<str>>, schema: Value) -> Self {
        Self {
            definition: ToolDefinition::new(name, description, schema),
            idempotent: false,
            read_only: false,
            approval: false,
            sequential: false,
            coerce: false,
            timeout: None,
            concurrency: None,
            max_result_bytes: None,
            errors: None,
            group: "".into(),
            original_name: None,
            states: Vec::new(),
            given: Vec::new(),
            when: None,
            agents: Vec::new(),
        }
    }

    /// The tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Whether a call that was begun and not finished may be begun again.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.idempotent || self.read_only
    }
}

/// A type of which a tool needs a value: the agent's state, or what a run is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateType {
    /// The type's identity.
    pub id: TypeId,
    /// The type's name, for messages.
    pub name: &'static str,
}

/// The arguments of a call: the text of a JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments(Arc<str>);

impl Arguments {
    /// Arguments from the text of a JSON object.
    pub fn new(json: impl Into<Arc<str>>) -> Self {
        Self(json.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads them as a type.
    ///
    /// # Errors
    /// Asks the model to mend the call, naming the path of the fault.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ToolError> {
        if let Ok(decoded) = serde_json::from_str(&self.0) {
            return Ok(decoded);
        }
        // Keeping the path costs as much again, and only a fault needs it.
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

/// What a tool returns.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// What the model hears.
    pub content: Content,
    /// What only the caller gets: in the event of the result, in the reply and in the journal.
    pub private: Option<Value>,
    /// What follows from it for the run.
    pub(crate) effect: Effect,
}

/// What follows from an output for the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Effect {
    /// Nothing: the model hears of it.
    #[default]
    None,
    /// The call's arguments are the run's answer.
    Answer,
    /// The conversation is another agent's from here on.
    HandOff {
        /// The agent's name.
        to: Arc<str>,
        /// What it is told in place of everything before; `None` where it sees that.
        message: Option<String>,
    },
}

impl ToolOutput {
    /// An output that the model hears as it stands.
    pub fn new(content: impl Into<Content>) -> Self {
        Self { content: content.into(), private: None, effect: Effect::None }
    }

    /// Adds a part that only the caller gets, as JSON: in the event of the result, in the reply
    /// and in the journal, and never in a request to a model.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON, such as a map whose keys are not text.
    pub fn with_private<T: serde::Serialize + ?Sized>(
        mut self,
        value: &T,
    ) -> Result<Self, ToolError> {
        self.private = Some(serde_json::to_value(value).map_err(ToolError::private)?);
        Ok(self)
    }

    /// An output that the model hears as JSON.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON, such as a map whose keys are not text.
    pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, ToolError> {
        serde_json::to_string(value).map(Self::new).map_err(ToolError::private)
    }
}

impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content, private, effect } = self;
        f.debug_struct("ToolOutput")
            .field("content", content)
            .field("private", &Hidden::of(private.as_ref()))
            .field("effect", effect)
            .finish()
    }
}

impl<T: Into<Content>> From<T> for ToolOutput {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

/// serde_json's message without its ` at line 1 column 9`, which tells a model nothing that the
/// path does not.
fn without_position(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(at) => message[..at].to_owned(),
        None => message.to_owned(),
    }
}
