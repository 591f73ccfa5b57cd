//! The error type of the runtime.

mod io;

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval::ApprovalRequest;
use super::limits::LimitKind;
use super::messages::Messages;
use super::usage::Usage;

/// A boxed error that can be sent to another thread.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// An error: a [kind](ErrorKind), a message of one line and an optional
/// [source](StdError::source).
///
/// An error that ended a run also carries the run's state: the partial text, the messages so far
/// and the tokens used.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<BoxError>,
    status: Option<u16>,
    request_id: Option<String>,
    body: Option<String>,
    details: Option<Value>,
    retry_after: Option<Duration>,
    partial_run: Option<PartialRun>,
    rejects_output_mode: bool,
}

/// The state of a run at the point of failure.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PartialRun {
    /// The text of the response that was incomplete or rejected.
    pub partial_text: String,
    /// The conversation so far: the messages that the next request would contain.
    pub messages: Messages,
    /// The tokens of the request so far, including earlier runs of it.
    pub usage: Usage,
    /// The calls that wait for approval, if the run is paused.
    pub approvals: Vec<ApprovalRequest>,
    /// What continues a paused run.
    #[doc(hidden)]
    pub paused_at: Option<PausedRun>,
}

/// A value of core that an error carries: what continues a paused run.
#[doc(hidden)]
#[derive(Clone)]
pub struct PausedRun(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for PausedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PausedRun")
    }
}

/// The kind of an error, by what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is invalid: a setting is missing or contradicts another one, or a file or
    /// a port cannot be used.
    Configuration,
    /// The provider rejected the credential.
    Authentication,
    /// The URL, the model or the conversation does not exist.
    NotFound,
    /// A conversation with this id already exists.
    #[serde(rename = "exists")]
    AlreadyExists,
    /// The provider rejected the request.
    InvalidRequest,
    /// The model does not support a parameter of the request.
    UnsupportedParameter,
    /// The conversation exceeds the model's context length.
    ContextLength,
    /// The provider's rate limit for requests or tokens was exceeded.
    RateLimited,
    /// The quota or the credit is exhausted. A retry does not help.
    QuotaExhausted,
    /// The provider has retired the model.
    #[serde(rename = "retired")]
    ModelRetired,
    /// The provider's content filter blocked the prompt or the response.
    ContentFiltered,
    /// A token limit truncated the response.
    #[serde(rename = "length")]
    MaxTokens,
    /// The run reached one of its [`Limits`](super::limits::Limits).
    Limit(LimitKind),
    /// A tool failed too often in a row, or returned a fatal error.
    Tool,
    /// The model's output was invalid, and so were its corrections.
    #[serde(rename = "invalid_answer")]
    InvalidOutput,
    /// The run is paused: tool calls wait for human approval.
    Paused,
    /// A decision is about a call that does not wait for approval: the call has changed or was
    /// already decided.
    #[serde(rename = "settled")]
    ApprovalStale,
    /// The run was cancelled.
    Cancelled,
    /// The provider did not respond in time.
    Timeout,
    /// The provider could not be reached, or the connection was lost.
    Transport,
    /// The provider's response violates the protocol.
    Protocol,
    /// The response is incomplete: it ended without a finish reason, with an unknown one, or was
    /// cut off.
    #[serde(rename = "unfinished")]
    Incomplete,
    /// The model answered with neither text nor tool calls, repeatedly.
    EmptyResponse,
    /// The provider failed with a server error.
    Server,
    /// The store failed, or an entry is unreadable.
    Store,
    /// Another writer changed the journal.
    Conflict,
    /// Another process has locked the conversation.
    #[serde(rename = "held")]
    Locked,
}

/// Returns an error and its sources, joined by `: `.
#[doc(hidden)]
#[must_use]
pub fn error_chain(error: &(dyn StdError + 'static)) -> String {
    let (mut line, mut source) = (error.to_string(), error.source());
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}

impl PartialRun {
    /// Creates the state of a run at the point of failure.
    pub fn new(partial_text: impl Into<String>, messages: Messages, usage: Usage) -> Self {
        Self { partial_text: partial_text.into(), messages, usage, ..Self::default() }
    }
}

impl Error {
    /// Creates an error from its kind and a message of one line: what failed and how to fix it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            status: None,
            request_id: None,
            body: None,
            details: None,
            retry_after: None,
            partial_run: None,
            rejects_output_mode: false,
        }))
    }

    /// Creates a configuration error.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the HTTP status of the provider's response.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the request id that the provider or the client assigned.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Sets the body of the provider's response.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.0.body = Some(body.into());
        self
    }

    /// Sets structured details from the provider, such as content filter categories.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Sets the delay that the provider asks for before the next request.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Marks the error as a rejection of how the request asks for structured output, so that a run
    /// tries the next [`OutputMode`](crate::journal::entry::OutputMode). A [`Model`] that knows its
    /// provider's error texts sets it.
    ///
    /// [`Model`]: crate::traits::model::Model
    #[must_use]
    pub fn with_rejected_output_mode(mut self) -> Self {
        self.0.rejects_output_mode = true;
        self
    }

    /// Sets the state of the run at the point of failure.
    #[must_use]
    pub fn with_partial_run(mut self, partial_run: PartialRun) -> Self {
        self.0.partial_run = Some(partial_run);
        self
    }

    /// Replaces the message by `f(message)`. Everything else stays as it is.
    #[must_use]
    pub fn map_message(mut self, f: impl FnOnce(String) -> String) -> Self {
        self.0.message = f(std::mem::take(&mut self.0.message));
        self
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the HTTP status of the provider's response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the request id that the provider or the client assigned.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the body of the provider's response, unchanged.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// Returns structured details from the provider, such as content filter categories.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// Returns the delay that the provider asks for before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the state of the run at the point of failure; `None` if the error ended no run.
    #[must_use]
    pub fn partial_run(&self) -> Option<&PartialRun> {
        self.0.partial_run.as_ref()
    }

    /// Returns the text of the response that was incomplete or rejected.
    #[must_use]
    pub fn partial_text(&self) -> &str {
        self.0.partial_run.as_ref().map_or("", |partial_run| &partial_run.partial_text)
    }

    /// Returns whether the configuration is invalid.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.kind == ErrorKind::Configuration
    }

    /// Returns whether the provider rejected the credential.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == ErrorKind::Authentication
    }

    /// Returns whether the URL, the model or the conversation does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Returns whether the provider rejected the request.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.0.kind == ErrorKind::InvalidRequest
    }

    /// Returns whether the provider failed with a server error.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.0.kind == ErrorKind::Server
    }

    /// Returns whether the provider's rate limit was exceeded.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited
    }

    /// Returns whether the provider rejected how the request asks for structured output. Another
    /// output mode may succeed.
    #[must_use]
    pub fn is_output_mode_rejected(&self) -> bool {
        self.0.rejects_output_mode || self.0.kind == ErrorKind::UnsupportedParameter
    }

    /// Returns whether the model does not support a parameter of the request.
    #[must_use]
    pub fn is_unsupported_parameter(&self) -> bool {
        self.0.kind == ErrorKind::UnsupportedParameter
    }

    /// Returns whether the conversation exceeds the model's context length.
    #[must_use]
    pub fn is_context_length(&self) -> bool {
        self.0.kind == ErrorKind::ContextLength
    }

    /// Returns whether the quota or the credit is exhausted.
    #[must_use]
    pub fn is_quota_exhausted(&self) -> bool {
        self.0.kind == ErrorKind::QuotaExhausted
    }

    /// Returns whether the provider has retired the model.
    #[must_use]
    pub fn is_model_retired(&self) -> bool {
        self.0.kind == ErrorKind::ModelRetired
    }

    /// Returns whether the provider's content filter blocked the prompt or the response.
    #[must_use]
    pub fn is_content_filtered(&self) -> bool {
        self.0.kind == ErrorKind::ContentFiltered
    }

    /// Returns whether a token limit truncated the response.
    #[must_use]
    pub fn is_max_tokens(&self) -> bool {
        self.0.kind == ErrorKind::MaxTokens
    }

    /// Returns whether the run reached one of its limits.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Limit(_))
    }

    /// Returns whether a tool ended the run.
    #[must_use]
    pub fn is_tool(&self) -> bool {
        self.0.kind == ErrorKind::Tool
    }

    /// Returns whether the model's output was invalid, and so were its corrections.
    #[must_use]
    pub fn is_invalid_output(&self) -> bool {
        self.0.kind == ErrorKind::InvalidOutput
    }

    /// Returns whether the run is paused because tool calls wait for human approval.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.kind == ErrorKind::Paused
    }

    /// Returns whether a decision was about a call that does not wait for approval.
    #[must_use]
    pub fn is_approval_stale(&self) -> bool {
        self.0.kind == ErrorKind::ApprovalStale
    }

    /// Returns whether the run was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Returns whether the provider did not respond in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Returns whether the provider could not be reached, or the connection was lost.
    #[must_use]
    pub fn is_transport(&self) -> bool {
        self.0.kind == ErrorKind::Transport
    }

    /// Returns whether the provider's response violates the protocol.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        self.0.kind == ErrorKind::Protocol
    }

    /// Returns whether the response ended without a finish reason or was cut off.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.0.kind == ErrorKind::Incomplete
    }

    /// Returns the approval requests of a paused run; empty for other errors.
    #[must_use]
    pub fn approvals(&self) -> &[ApprovalRequest] {
        self.0.partial_run.as_ref().map_or(&[], |partial| &partial.approvals)
    }

    /// Returns whether the model answered with neither text nor tool calls, repeatedly.
    #[must_use]
    pub fn is_empty_response(&self) -> bool {
        self.0.kind == ErrorKind::EmptyResponse
    }

    /// Returns whether the store failed, or an entry is unreadable.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.0.kind == ErrorKind::Store
    }

    /// Returns whether another writer changed the journal.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Returns whether a conversation with this id already exists.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        self.0.kind == ErrorKind::AlreadyExists
    }

    /// Returns whether another process has locked the conversation.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.0.kind == ErrorKind::Locked
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

// The body and the details may contain the user's data, and `Debug` output ends up in logs.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(status) = self.0.status {
            out.field("status", &status);
        }
        if let Some(id) = &self.0.request_id {
            out.field("request_id", id);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
