//! Structured output: how it is requested, and how it is checked.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use callsign_json::prose::{self, ProseJson};
use callsign_json::schema::coerce::integers;
use callsign_json::schema::nulls::remove_absent;
#[cfg(feature = "validate")]
use callsign_json::schema::validate::{Validator, Verdict};
use callsign_types::error::Error;
use callsign_types::journal::entry::{OUTPUT_TOOL, OutputMode};
use callsign_types::request::{Request, ResponseFormat, ToolChoice, ToolDefinition};
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use serde_json::{Value, json};

use crate::tools::arguments::repaired;

/// The property that holds an output that is not an object itself.
pub(crate) const VALUE: &str = "value";

/// A check of an output that matches its schema.
pub(crate) type ValueCheck = Arc<dyn Fn(&Value) -> Result<(), OutputMismatch> + Send + Sync>;

/// The schema of an output: that of an object, as providers require.
#[derive(Clone, Debug)]
pub(crate) struct OutputSchema {
    /// The name: 1 to 64 characters of `A-Za-z0-9_-`.
    pub(crate) name: String,
    /// The description that the model receives.
    pub(crate) description: Option<String>,
    /// The schema that the output is validated against.
    pub(crate) schema: Arc<Value>,
    /// Whether the output is the value of the one property [`VALUE`].
    pub(crate) is_wrapped: bool,
}

/// How an output is requested and checked.
pub(crate) struct OutputSpec {
    schema: OutputSchema,
    /// The mode that is tried first; `None` uses the one that the model prefers.
    pub(crate) mode: Option<OutputMode>,
    #[cfg(feature = "validate")]
    validator: Validator,
    check: ValueCheck,
}

/// The reason why a text is not the requested output.
#[derive(Debug)]
pub(crate) enum OutputMismatch {
    /// The text is not JSON.
    NotJson(String),
    /// The value does not match the schema or the check.
    Value(String),
    /// This check panicked. Another attempt of the model would not help.
    Panicked(String),
}

impl OutputMismatch {
    /// Runs `work`, which may panic. `what` names it.
    pub(crate) fn catch<T>(
        what: impl FnOnce() -> String,
        work: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, Self> {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        outcome.map_or_else(|_| Err(Self::Panicked(what())), |ended| ended.map_err(Self::Value))
    }

    /// Returns the reason, which the model receives.
    ///
    /// # Errors
    /// Returns a configuration error if the check panicked.
    pub(crate) fn reason(self) -> Result<String, Error> {
        match self {
            Self::NotJson(reason) | Self::Value(reason) => Ok(reason),
            Self::Panicked(what) => Err(Error::configuration(format!(
                "cannot check the output of the run: {what} panicked"
            ))),
        }
    }
}

impl OutputSpec {
    /// Creates the spec of an output with this schema and check.
    ///
    /// # Errors
    /// Returns a configuration error if the schema is not valid.
    pub(crate) fn new(
        schema: OutputSchema,
        mode: Option<OutputMode>,
        check: ValueCheck,
    ) -> Result<Self, Error> {
        Ok(Self {
            #[cfg(feature = "validate")]
            validator: validator(&schema)?,
            schema,
            mode,
            check,
        })
    }

    /// Parses an output and validates it against its schema.
    pub(crate) fn read(&self, text: &str) -> Result<Value, OutputMismatch> {
        let text = text.trim();
        if text.is_empty() {
            return Err(OutputMismatch::NotJson("it is empty".to_owned()));
        }
        let mut value = match parse(text) {
            Ok(value) => value,
            Err(error) => self.in_prose(text, &error)?,
        };
        // Models sometimes omit the wrapping object. The value is unambiguous without it.
        if self.schema.is_wrapped && !value.is_object() {
            value = json!({ VALUE: value });
        }
        // In strict form a model writes null for an optional property that it leaves out.
        remove_absent(&mut value, &self.schema.schema);
        if let Some(converted) = integers(&self.schema.schema, &value) {
            value = converted;
        }
        #[cfg(feature = "validate")]
        if self.validator.check(&value).map_err(OutputMismatch::Value)? == Verdict::Unchecked {
            let output = &self.schema.name;
            tracing::warn!(output, "an output is too complex for its schema and not checked");
        }
        if !self.schema.is_wrapped {
            return Ok(value);
        }
        let inside = value.get_mut(VALUE).map(Value::take);
        inside.ok_or_else(|| OutputMismatch::Value(format!("`{VALUE}` is missing")))
    }

    /// Parses the value in a text that also contains prose. `error` is the one of the whole text.
    fn in_prose(&self, text: &str, error: &serde_json::Error) -> Result<Value, OutputMismatch> {
        match prose::find(text, self.schema.is_wrapped) {
            ProseJson::One(json) => parse(json).map_err(|error| not_json(&error)),
            ProseJson::Several => {
                let reason = "it contains more than one JSON value; give only one";
                Err(OutputMismatch::NotJson(reason.to_owned()))
            }
            _ => Err(not_json(error)),
        }
    }

    /// Parses, validates and checks an output.
    pub(crate) fn check(&self, text: &str) -> Result<(), OutputMismatch> {
        let value = self.read(text)?;
        (self.check)(&value)
    }

    /// Returns whether the output is wrapped in an object.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.schema.is_wrapped
    }

    /// Returns the tool whose arguments are the output. The tool itself checks them.
    pub(crate) fn tool(self: &Arc<Self>) -> Arc<dyn Tool> {
        let mut spec = ToolSpec::new(OUTPUT_TOOL, "", json!({ "type": "object" }));
        spec.read_only = true;
        Arc::new(OutputTool { spec, output: self.clone() })
    }

    /// Changes a request so that it requests the output in this mode. If it forbids calls,
    /// the model must generate the output in this turn.
    pub(crate) fn apply_to(&self, request: &mut Request, mode: OutputMode) {
        let OutputSchema { name, description, schema, .. } = &self.schema;
        match mode {
            OutputMode::Schema => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonSchema {
                    name: name.clone(),
                    schema: Value::clone(schema),
                    description: description.clone(),
                    strict: None,
                    // The model knows which schemas the provider can enforce.
                    prefer_strict: true,
                });
                request.options = Arc::new(options);
            }
            OutputMode::Json => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonObject);
                request.options = Arc::new(options);
                append_instructions(
                    request,
                    &format!(
                        "Give your answer as one JSON object and nothing else. It must match this \
                         JSON schema: {schema}"
                    ),
                );
            }
            _ => {
                let definition = self.definition();
                request.tools = request.tools.iter().cloned().chain([definition]).collect();
                append_instructions(
                    request,
                    &format!("Give your answer by calling `{OUTPUT_TOOL}`."),
                );
                if request.tool_choice == ToolChoice::None {
                    request.tool_choice = ToolChoice::Tool(OUTPUT_TOOL.to_owned());
                }
            }
        }
    }

    fn definition(&self) -> ToolDefinition {
        let mut text =
            "Gives your answer. Call it once, when you have everything that the answer needs."
                .to_owned();
        if let Some(description) = &self.schema.description {
            text.push_str(" The answer: ");
            text.push_str(description);
        }
        ToolDefinition::new(OUTPUT_TOOL, text, self.schema.schema.clone())
    }
}

/// Compiles the schema of an output, and warns of what is not checked.
#[cfg(feature = "validate")]
fn validator(schema: &OutputSchema) -> Result<Validator, Error> {
    let validator = Validator::new(&schema.schema).map_err(|reason| {
        Error::configuration(format!("the output schema is not valid: {reason}"))
    })?;
    for unchecked in validator.unchecked() {
        let (path, keyword) = (unchecked.pointer(), unchecked.keyword());
        let (output, reason) = (&schema.name, unchecked.reason());
        tracing::warn!(output, path, keyword, reason, "a keyword of a schema is not checked");
    }
    Ok(validator)
}

/// Parses a text as JSON, repaired if necessary.
fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| match repaired(text) {
        Some(text) => serde_json::from_str(&text),
        None => Err(error),
    })
}

fn not_json(error: &serde_json::Error) -> OutputMismatch {
    OutputMismatch::NotJson(format!("it is not a single JSON object ({error})"))
}

/// Appends a paragraph to the instructions.
fn append_instructions(request: &mut Request, text: &str) {
    let existing = request.instructions.as_deref().unwrap_or_default();
    let gap = if existing.is_empty() { "" } else { "\n\n" };
    request.instructions = Some(format!("{existing}{gap}{text}").into());
}

/// Returns the mode to try next if the model does not accept `mode`.
pub(super) fn next_mode(mode: OutputMode) -> Option<OutputMode> {
    match mode {
        OutputMode::Schema => Some(OutputMode::Json),
        OutputMode::Json => Some(OutputMode::Tool),
        _ => None,
    }
}

struct OutputTool {
    spec: ToolSpec,
    output: Arc<OutputSpec>,
}

impl Tool for OutputTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _context: Context, arguments: Arguments) -> ToolFuture {
        let checked = self.output.check(arguments.as_str());
        Box::pin(async move {
            checked.map_err(|mismatch| match mismatch.reason() {
                Ok(reason) => ToolError::invalid_arguments(reason),
                Err(error) => ToolError::fatal(error),
            })?;
            let mut output = ToolOutput::new("Accepted.");
            output.effect = Effect::Output;
            Ok(output)
        })
    }
}

impl fmt::Debug for OutputSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputSpec").field("name", &self.schema.name).finish_non_exhaustive()
    }
}
