//! The macros `#[tool]`, `#[toolset]` and `#[derive(Tool)]`.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod arguments;
mod derived;
mod descriptions;
mod errors;
mod functions;
mod injection;
mod methods;
mod registry;
mod renamed;
mod results_in_runs;
mod returns;
mod settings;

use std::sync::Arc;

use callsign::tool::{Arguments, Extensions};
use callsign::{Context, Tool, ToolError};

/// Calls a tool directly, without an agent, and returns the text of its result.
async fn call(tool: &Arc<dyn Tool>, arguments: &str) -> Result<String, ToolError> {
    call_with(tool, Extensions::default(), arguments).await
}

/// Calls a tool directly, with the state of an agent.
async fn call_with(
    tool: &Arc<dyn Tool>,
    state: Extensions,
    arguments: &str,
) -> Result<String, ToolError> {
    let output = tool.call(Context::detached(state), Arguments::new(arguments)).await?;
    Ok(output.content.text().into_owned())
}

/// Calls a tool that fails, and returns the error in its `Debug` format.
async fn failure(tool: &Arc<dyn Tool>, arguments: &str) -> String {
    let error = call(tool, arguments).await.expect_err("the tool fails");
    format!("{error:?}")
}

/// Returns the format of [`failure`] for a visible error.
fn visible(message: &str) -> String {
    format!("ToolError {{ route: Model, message: {message:?}, source: None }}")
}

/// Returns the format of [`failure`] for invalid arguments.
fn invalid_arguments(message: &str) -> String {
    format!("ToolError {{ route: Arguments, message: {message:?}, source: None }}")
}

/// Returns whether `failure` is a private error with this message.
fn is_private(failure: &str, message: &str) -> bool {
    failure.starts_with(&format!("ToolError {{ route: Log, message: {message:?}, source: "))
}
