//! The one error of the runtime: opaque, over a kind.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::LimitKind;
use super::messages::Messages;
use super::usage::Usage;

/// A source of an error: whatever it was, it can be sent to another thread.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// What went wrong, in one line; [`source`](StdError::source) has the rest.
///
/// An error that ended a run also carries what was reached by then: the text that the model had
/// written, the messages so far and the tokens used.
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
    progress: Option<Progress>,
}

/// How far a run had come when it failed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Progress {
    /// The text that the model had written in the reply that was not finished or not accepted.
    pub partial_text: String,
    /// The conversation so far: what the next request would carry.
    pub messages: Messages,
    /// The tokens used by the run.
    pub usage: Usage,
}

/// The kinds of error, told apart by what a caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something was put together wrongly: a setting is missing or contradicts another.
    Configuration,
    /// The service did not accept the credential.
    Authentication,
    /// The address, the model or the conversation is not there.
    NotFound,
    /// There is a conversation of this name already.
    Exists,
    /// The service did not accept the request as it was.
    InvalidRequest,
    /// The model does not take a parameter of the request.
    UnsupportedParameter,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// Too many requests or tokens in too short a time.
    RateLimited,
    /// What was paid for is used up; asking again does not help.
    QuotaExhausted,
    /// The model is served no more.
    Retired,
    /// The service withheld the prompt or the reply.
    ContentFiltered,
    /// The reply was cut at a token limit.
    Length,
    /// The run came to one of its [`Limits`](super::limits::Limits).
    Limit(LimitKind),
    /// A tool faulted too often, or said that the run cannot go on.
    Tool,
    /// The model's answer was not what was asked for, also when it was asked again.
    InvalidAnswer,
    /// There is no answer yet, because calls wait for a person's approval.
    Paused,
    /// A call was approved or denied that waits for nobody: it has changed, or is settled.
    Settled,
    /// The run was cancelled.
    Cancelled,
    /// The service did not answer in time.
    Timeout,
    /// The service could not be reached, or the connection broke.
    Transport,
    /// The service answered in a way that breaks the protocol.
    Protocol,
    /// The reply ended without saying why, or was cut off.
    Unfinished,
    /// The service failed.
    Server,
    /// The store failed or cannot be read.
    Store,
    /// The journal was changed by another writer meanwhile.
    Conflict,
    /// The conversation is in use by another process.
    Held,
}

impl Error {
    /// An error of this kind, said in one line: what is wrong, and what to do about it.
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
            progress: None,
        }))
    }

    /// A configuration error.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the HTTP status that the service answered with.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the id under which the service or the client knows the request.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Sets the body that the service answered with.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.0.body = Some(body.into());
        self
    }

    /// Sets what the service told besides, such as the categories of a content filter.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Sets how long the service asked to be left alone.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets how far the run had come.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.0.progress = Some(progress);
        self
    }

    /// Says the line in other words; everything else of the error stays as it is.
    #[must_use]
    pub fn map_message(mut self, words: impl FnOnce(String) -> String) -> Self {
        self.0.message = words(std::mem::take(&mut self.0.message));
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, where a service answered with one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id under which the service or the client knows the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The body that the service answered with, as it came.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// What the service told besides, in its own words, such as the categories of a content filter.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// How long the service asked to be left alone, where it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How far the run had come, where the error ended a run.
    #[must_use]
    pub fn progress(&self) -> Option<&Progress> {
        self.0.progress.as_ref()
    }

    /// The text that the model had written in the reply that was not finished or not accepted.
    #[must_use]
    pub fn partial_text(&self) -> &str {
        self.0.progress.as_ref().map_or("", |progress| &progress.partial_text)
    }

    /// Whether something was put together wrongly.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.kind == ErrorKind::Configuration
    }

    /// Whether the service did not accept the credential.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == ErrorKind::Authentication
    }

    /// Whether the address or the model is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the service did not accept the request as it was.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.0.kind == ErrorKind::InvalidRequest
    }

    /// Whether the service failed.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.0.kind == ErrorKind::Server
    }

    /// Whether the service asked to be asked less often.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited
    }

    /// Whether the model does not take a parameter of the request.
    #[must_use]
    pub fn is_unsupported_parameter(&self) -> bool {
        self.0.kind == ErrorKind::UnsupportedParameter
    }

    /// Whether the conversation is longer than the model can read.
    #[must_use]
    pub fn is_context_length(&self) -> bool {
        self.0.kind == ErrorKind::ContextLength
    }

    /// Whether what was paid for is used up.
    #[must_use]
    pub fn is_quota_exhausted(&self) -> bool {
        self.0.kind == ErrorKind::QuotaExhausted
    }

    /// Whether the model is served no more.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.0.kind == ErrorKind::Retired
    }

    /// Whether the service withheld the prompt or the reply.
    #[must_use]
    pub fn is_content_filtered(&self) -> bool {
        self.0.kind == ErrorKind::ContentFiltered
    }

    /// Whether the reply was cut at a token limit.
    #[must_use]
    pub fn is_length(&self) -> bool {
        self.0.kind == ErrorKind::Length
    }

    /// Whether the run came to one of its limits.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Limit(_))
    }

    /// Whether a tool ended the run.
    #[must_use]
    pub fn is_tool(&self) -> bool {
        self.0.kind == ErrorKind::Tool
    }

    /// Whether the model's answer was not what was asked for, also when it was asked again.
    #[must_use]
    pub fn is_invalid_answer(&self) -> bool {
        self.0.kind == ErrorKind::InvalidAnswer
    }

    /// Whether there is no answer yet, because calls wait for a person's approval.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.kind == ErrorKind::Paused
    }

    /// Whether a decision came for a call that waits for none.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.kind == ErrorKind::Settled
    }

    /// Whether the run was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether the service did not answer in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the service could not be reached, or the connection broke.
    #[must_use]
    pub fn is_transport(&self) -> bool {
        self.0.kind == ErrorKind::Transport
    }

    /// Whether the service answered in a way that breaks the protocol.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        self.0.kind == ErrorKind::Protocol
    }

    /// Whether the reply ended without saying why, or was cut off.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.0.kind == ErrorKind::Unfinished
    }

    /// Whether the store failed or cannot be read.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.0.kind == ErrorKind::Store
    }

    /// Whether another writer changed the journal meanwhile.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Whether there is a conversation of that name already.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        self.0.kind == ErrorKind::Exists
    }

    /// Whether the conversation is in use by another process.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.0.kind == ErrorKind::Held
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

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
