//! An answer that has to keep to a JSON schema: how it is asked for, and how it is checked.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::dispatch::arguments::mended;
#[cfg(feature = "validate")]
use crate::dispatch::validate::Validator;
use crate::journal::entry::{ANSWER_TOOL, AnswerFormat};
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::error::Error;
use crate::words::request::{Request, ResponseFormat, ToolChoice, ToolDefinition};

/// The member in which an answer stands that is not an object by itself.
pub(crate) const VALUE: &str = "value";

/// What is wrong with an answer that keeps to its schema; or nothing.
pub(crate) type Check = Arc<dyn Fn(&Value) -> Result<(), Unfit> + Send + Sync>;

/// The schema of an answer: an object's, as services want it.
#[derive(Clone, Debug)]
pub(crate) struct AnswerSchema {
    /// What to call it: 1 to 64 of `A-Za-z0-9_-`.
    pub(crate) name: String,
    /// What it is, for the model to read.
    pub(crate) description: Option<String>,
    /// The schema that the answer is checked against.
    pub(crate) schema: Arc<Value>,
    /// The schema that a service can be told to enforce, if there is one.
    pub(crate) strict: Option<Arc<Value>>,
    /// Whether the answer is the object's one member [`VALUE`].
    pub(crate) is_wrapped: bool,
}

/// How an answer is asked for, and how it is checked.
pub(crate) struct AnswerSpec {
    asked: AnswerSchema,
    /// The format that is asked for first; `None` leaves it to the model.
    pub(super) format: Option<AnswerFormat>,
    #[cfg(feature = "validate")]
    validator: Validator,
    check: Check,
}

/// Why a text is not the answer that was asked for.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It is no JSON.
    NotJson(String),
    /// It is another value than was asked for.
    Value(String),
    /// What was to tell panicked: this. Asking again would not help.
    Panicked(String),
}

impl Unfit {
    /// What this comes to, where it may panic.
    pub(crate) fn or<T>(
        what: impl FnOnce() -> String,
        work: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, Self> {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        outcome.map_or_else(|_| Err(Self::Panicked(what())), |ended| ended.map_err(Self::Value))
    }

    /// What is wrong, for the model to read.
    ///
    /// # Errors
    /// Where that is not known, because what was to tell panicked.
    pub(crate) fn reason(self) -> Result<String, Error> {
        match self {
            Self::NotJson(reason) | Self::Value(reason) => Ok(reason),
            Self::Panicked(what) => Err(Error::configuration(format!(
                "the run's answer could not be checked: {what} panicked"
            ))),
        }
    }
}

impl AnswerSpec {
    /// An answer of this schema, which passes this check.
    ///
    /// # Errors
    /// Where the schema is not valid.
    pub(crate) fn new(
        asked: AnswerSchema,
        format: Option<AnswerFormat>,
        check: Check,
    ) -> Result<Self, Error> {
        Ok(Self {
            #[cfg(feature = "validate")]
            validator: Validator::of_answer(&asked.schema)?,
            asked,
            format,
            check,
        })
    }

    /// The answer that a text gives, as far as its schema says.
    pub(crate) fn read(&self, text: &str) -> Result<Value, Unfit> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Unfit::NotJson("it is empty".to_owned()));
        }
        let parsed = serde_json::from_str(text).or_else(|error| match mended(text) {
            Some(text) => serde_json::from_str(&text),
            None => Err(error),
        });
        let mut value: Value = parsed.map_err(|error| {
            Unfit::NotJson(format!("it is not one JSON object alone ({error})"))
        })?;
        // The object around it is ours; without it nothing is unclear.
        if self.asked.is_wrapped && !value.is_object() {
            value = json!({ VALUE: value });
        }
        #[cfg(feature = "validate")]
        self.validator.check(&value).map_err(Unfit::Value)?;
        if !self.asked.is_wrapped {
            return Ok(value);
        }
        let inside = value.get_mut(VALUE).map(Value::take);
        inside.ok_or_else(|| Unfit::Value(format!("`{VALUE}` is missing")))
    }

    /// What is wrong with this text as the answer.
    pub(crate) fn check(&self, text: &str) -> Result<(), Unfit> {
        let value = self.read(text)?;
        (self.check)(&value)
    }

    /// Whether the answer is the one member of the object that is asked for.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.asked.is_wrapped
    }

    /// The tool by which a model gives the answer. It does its own checking.
    pub(crate) fn tool(self: &Arc<Self>) -> Arc<dyn Tool> {
        let mut spec = ToolSpec::new(ANSWER_TOOL, "", json!({ "type": "object" }));
        spec.read_only = true;
        Arc::new(AnswerTool { spec, answer: self.clone() })
    }

    /// Has a request ask for the answer in this format; `answer_only` for one that has to be
    /// answered at last.
    pub(super) fn shape(&self, request: &mut Request, format: AnswerFormat, answer_only: bool) {
        let AnswerSchema { name, description, schema, strict, .. } = &self.asked;
        match format {
            AnswerFormat::Schema => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonSchema {
                    name: name.clone(),
                    schema: Value::clone(strict.as_ref().unwrap_or(schema)),
                    description: description.clone(),
                    strict: strict.is_some().then_some(true),
                });
                request.options = Arc::new(options);
            }
            AnswerFormat::Json => {
                let mut options = (*request.options).clone();
                options.response_format = Some(ResponseFormat::JsonObject);
                request.options = Arc::new(options);
                instruct(
                    request,
                    &format!(
                        "Give your answer as one JSON object and nothing else. It keeps to this \
                         JSON schema: {schema}"
                    ),
                );
            }
            AnswerFormat::Tool => {
                let definition = self.definition();
                request.tools = request.tools.iter().cloned().chain([definition]).collect();
                instruct(request, &format!("Give your answer by calling `{ANSWER_TOOL}`."));
                if answer_only {
                    request.tool_choice = ToolChoice::Tool(ANSWER_TOOL.to_owned());
                }
            }
        }
    }

    fn definition(&self) -> ToolDefinition {
        let mut said =
            "Gives your answer. Call it once, when you have what the answer needs.".to_owned();
        if let Some(description) = &self.asked.description {
            said.push_str(" The answer: ");
            said.push_str(description);
        }
        ToolDefinition::new(ANSWER_TOOL, said, self.asked.schema.clone())
    }
}

/// Adds a paragraph to the standing instructions.
fn instruct(request: &mut Request, text: &str) {
    let said = request.instructions.as_deref().unwrap_or_default();
    let gap = if said.is_empty() { "" } else { "\n\n" };
    request.instructions = Some(format!("{said}{gap}{text}").into());
}

impl AnswerFormat {
    /// What to try where a model does not take this format.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::Json),
            Self::Json => Some(Self::Tool),
            Self::Tool => None,
        }
    }
}

/// Whether a model that says this may well answer if it is asked in another format.
pub(super) fn is_about_format(error: &Error) -> bool {
    const WORDS: [&str; 7] = [
        "response_format",
        "response format",
        "json_schema",
        "json_object",
        "json mode",
        "structured output",
        "mime type",
    ];
    let speaks = |text: &str| {
        let text = text.to_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    };
    error.is_unsupported_parameter()
        || (error.is_invalid_request()
            && (speaks(&error.to_string()) || error.body().is_some_and(speaks)))
}

struct AnswerTool {
    spec: ToolSpec,
    answer: Arc<AnswerSpec>,
}

impl Tool for AnswerTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _context: Context, arguments: Arguments) -> ToolFuture {
        let checked = self.answer.check(arguments.as_str());
        Box::pin(async move {
            checked.map_err(|unfit| match unfit.reason() {
                Ok(reason) => ToolError::invalid_arguments(reason),
                Err(error) => ToolError::fatal(error),
            })?;
            let mut output = ToolOutput::new("Accepted.");
            output.effect = Effect::Answer;
            Ok(output)
        })
    }
}

impl fmt::Debug for AnswerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerSpec").field("name", &self.asked.name).finish_non_exhaustive()
    }
}
