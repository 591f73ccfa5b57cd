//! `#[tool]`: what a function does as a tool.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod arguments;
mod derived;
mod errors;
mod functions;
mod heard;
mod methods;
mod registry;
mod renamed;
mod returns;
mod settings;
mod states;

use std::sync::Arc;

use callsign::{Arguments, Context, States, Tool, ToolError};

/// The answer of a tool to these arguments, without an agent.
async fn call(tool: &Arc<dyn Tool>, arguments: &str) -> Result<String, ToolError> {
    call_with(tool, States::default(), arguments).await
}

/// The answer of a tool to these arguments, with an agent's states.
async fn call_with(
    tool: &Arc<dyn Tool>,
    states: States,
    arguments: &str,
) -> Result<String, ToolError> {
    let output = tool.call(Context::detached(states), Arguments::new(arguments)).await?;
    Ok(output.content.text().into_owned())
}

/// A tool's answer where it is told to the model, with whom it was meant for.
async fn failure(tool: &Arc<dyn Tool>, arguments: &str) -> String {
    let error = call(tool, arguments).await.expect_err("the tool fails");
    format!("{error:?}")
}

/// An error that the model hears, as [`failure`] has it.
fn told(message: &str) -> String {
    format!("ToolError {{ audience: Model, message: {message:?}, source: None }}")
}

/// Arguments that are refused, as [`failure`] has them.
fn refused(message: &str) -> String {
    format!("ToolError {{ audience: Arguments, message: {message:?}, source: None }}")
}

/// Whether the log alone hears an error of this text, as [`failure`] has it.
fn is_private(failure: &str, message: &str) -> bool {
    failure.starts_with(&format!("ToolError {{ audience: Log, message: {message:?}, source: "))
}
