//! The error of a tool, which is visible to the model or private to the log.

use std::error::Error as StdError;
use std::fmt;

use super::tool::ErrorVisibility;
use crate::error::{BoxError, error_chain};

/// An error of a tool: why it failed, and whether the model receives the reason.
///
/// It does not implement [`std::error::Error`], so that `?` can convert any error into a *private*
/// one. Nothing reaches the model by accident. A text is not an error, so `Err("…")?` does not
/// compile. Choose the visibility instead, as in `return Err(ToolError::visible("…"))`.
pub struct ToolError {
    route: ErrorRoute,
    message: String,
    source: Option<BoxError>,
    /// Whether the type of an error chose the route, and not the tool itself. The settings of the
    /// tool and the agent may override such a choice.
    by_type: bool,
}

/// Where a tool's error goes, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum ErrorRoute {
    /// The message is returned to the model.
    Model,
    /// The message is returned to the model, which is asked to fix the call.
    Retry,
    /// As [`Retry`](Self::Retry), because the arguments are invalid.
    Arguments,
    /// The error is logged. The model receives only that the tool failed.
    Log,
    /// The error is logged, and the run ends.
    End,
}

impl ToolError {
    /// Creates a visible error: the model receives `message` as the result of the call.
    pub fn visible(message: impl fmt::Display) -> Self {
        Self::new(ErrorRoute::Model, message.to_string())
    }

    /// Creates a visible error that asks the model to fix the call and try again.
    pub fn retry(message: impl fmt::Display) -> Self {
        Self::new(ErrorRoute::Retry, message.to_string())
    }

    /// Creates a visible error about invalid arguments. The message says where and why they are
    /// invalid.
    pub fn invalid_arguments(message: impl fmt::Display) -> Self {
        Self::new(ErrorRoute::Arguments, message.to_string())
    }

    /// Creates a private error: the log receives the error and its sources. The model receives
    /// only that the tool failed.
    pub fn private(error: impl Into<BoxError>) -> Self {
        Self::with_source(ErrorRoute::Log, error.into())
    }

    /// Creates a private error that ends the run. The caller receives the error and its sources.
    pub fn fatal(error: impl Into<BoxError>) -> Self {
        Self::with_source(ErrorRoute::End, error.into())
    }

    /// Marks the visibility as chosen by the type of the error, so that settings may override it.
    #[doc(hidden)]
    pub fn by_type(mut self) -> Self {
        self.by_type = true;
        self
    }

    /// Applies a setting of the tool or the agent. It has no effect on an error whose visibility
    /// the tool chose itself.
    #[doc(hidden)]
    pub fn with_visibility(mut self, setting: Option<ErrorVisibility>) -> Self {
        match setting {
            Some(ErrorVisibility::Visible) if self.by_type && self.route == ErrorRoute::Log => {
                self.route = ErrorRoute::Model;
            }
            Some(ErrorVisibility::Private) if self.by_type && self.route == ErrorRoute::Model => {
                self.route = ErrorRoute::Log;
            }
            _ => {}
        }
        self
    }

    /// Returns where the error goes.
    #[doc(hidden)]
    pub fn route(&self) -> ErrorRoute {
        self.route
    }

    /// Returns the message, which is returned to the model or logged.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether the model receives the message.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        matches!(self.route, ErrorRoute::Model | ErrorRoute::Retry | ErrorRoute::Arguments)
    }

    /// Returns whether the model is asked to fix its call.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        matches!(self.route, ErrorRoute::Retry | ErrorRoute::Arguments)
    }

    /// Returns whether only the log receives the message.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.route == ErrorRoute::Log
    }

    /// Returns whether the error ends the run.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.route == ErrorRoute::End
    }

    /// Returns the error and its sources, joined by `: ` for the log.
    #[doc(hidden)]
    pub fn chain(&self) -> String {
        self.source.as_deref().map_or_else(|| self.message.clone(), |error| error_chain(error))
    }

    /// Returns the boxed error, if there is one.
    #[doc(hidden)]
    pub fn into_source(self) -> Option<BoxError> {
        self.source
    }

    fn new(route: ErrorRoute, message: String) -> Self {
        Self { route, message, source: None, by_type: false }
    }

    fn with_source(route: ErrorRoute, source: BoxError) -> Self {
        let message = source.to_string();
        Self { source: Some(source), ..Self::new(route, message) }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::private(error).by_type()
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolError")
            .field("route", &self.route)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}
