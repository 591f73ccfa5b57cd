//! No private text reaches a model, whatever the settings: all that leaves is searched.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;

use callsign::prelude::*;
use callsign::{CallOutcome, ErrorAudience, Scripted, ScriptedModel};
use serde_json::json;

const SECRET: &str = "hunter2";

/// An error that would be told, with a secret in it.
#[derive(Debug)]
struct Leaky;

impl fmt::Display for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no flight; the password is {SECRET}")
    }
}

impl std::error::Error for Leaky {}

/// Fails with an error that names itself.
#[tool]
fn typed() -> Result<(), Leaky> {
    Err(Leaky)
}

/// The same, and keeps it to itself.
#[tool(errors = "private")]
fn typed_private() -> Result<(), Leaky> {
    Err(Leaky)
}

/// Fails with a text.
#[tool]
fn text() -> Result<(), String> {
    Err(Leaky.to_string())
}

/// Fails with an error that was erased.
#[tool]
fn erased() -> Result<(), anyhow::Error> {
    Err(Leaky.into())
}

/// The same, and tells it.
#[tool(errors = "told")]
fn erased_told() -> Result<(), anyhow::Error> {
    Err(Leaky.into())
}

/// Fails with an error that says who hears it.
#[tool(errors = "told")]
fn said_private() -> Result<(), ToolError> {
    Err(ToolError::private(Leaky))
}

/// The same.
#[tool(errors = "private")]
fn said_told() -> Result<(), ToolError> {
    Err(ToolError::tell(Leaky))
}

/// Fails by the way.
#[tool]
fn by_the_way() -> Result<(), ToolError> {
    Err(Leaky)?;
    Ok(())
}

/// Panics.
#[tool]
fn panics() {
    std::panic::resume_unwind(Box::new(SECRET.to_owned()))
}

/// Ends the run.
#[tool]
fn fatal() -> Result<(), ToolError> {
    Err(ToolError::fatal(Leaky))
}

/// Whether anything that a model was sent, or that the journal would send next, has the secret.
async fn leaks(tool: &str, audience: Option<ErrorAudience>) -> bool {
    let model =
        ScriptedModel::new([Scripted::call(tool, json!({})), Scripted::text("Ok.")]).ignore_rest();
    let tools = tools![
        typed,
        typed_private,
        text,
        erased,
        erased_told,
        said_private,
        said_told,
        by_the_way,
        panics,
        fatal
    ];
    let builder = Agent::builder(model.clone()).tools(tools);
    let builder = match audience {
        Some(audience) => builder.tool_errors(audience),
        None => builder,
    };
    let messages = match builder.build().unwrap().run("Go.").await {
        Ok(reply) => reply.messages().clone(),
        Err(error) => error.progress().unwrap().messages.clone(),
    };
    let outcomes = messages.iter().filter_map(|message| match message {
        Message::Tool(result) => Some(result.outcome),
        _ => None,
    });
    assert_eq!(outcomes.filter(|outcome| *outcome != CallOutcome::Answered).count(), 1, "{tool}");
    format!("{messages:?} {:?}", model.requests()).contains(SECRET)
}

#[tokio::test]
async fn an_error_is_heard_by_whom_it_is_for() {
    use ErrorAudience::{Private, Told};
    // By itself; where the agent keeps errors private; where it tells them.
    for (tool, by_itself, private, told) in [
        ("typed", true, false, true),
        ("typed_private", false, false, false),
        ("text", true, false, true),
        ("erased", false, false, true),
        ("erased_told", true, true, true),
        ("said_private", false, false, false),
        ("said_told", true, true, true),
        ("by_the_way", false, false, true),
        ("panics", false, false, false),
        ("fatal", false, false, false),
    ] {
        assert_eq!(leaks(tool, None).await, by_itself, "{tool}");
        assert_eq!(leaks(tool, Some(Private)).await, private, "{tool}");
        assert_eq!(leaks(tool, Some(Told)).await, told, "{tool}");
    }
}
