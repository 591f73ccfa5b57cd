//! Private error texts do not reach the model, whatever the settings.

use std::fmt;

use callsign::agent::ToolCallStatus;
use callsign::prelude::*;
use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::tool::ErrorVisibility;
use serde_json::json;

const SECRET: &str = "hunter2";

/// An error whose text contains a secret.
#[derive(Debug)]
struct Leaky;

impl fmt::Display for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no flight; the password is {SECRET}")
    }
}

impl std::error::Error for Leaky {}

/// Fails with a typed error.
#[tool]
fn typed() -> Result<(), Leaky> {
    Err(Leaky)
}

/// Fails with a typed error, with `errors = "private"`.
#[tool(errors = "private")]
fn typed_private() -> Result<(), Leaky> {
    Err(Leaky)
}

/// Fails with a text.
#[tool]
fn text() -> Result<(), String> {
    Err(Leaky.to_string())
}

/// Fails with a boxed error.
#[tool]
fn boxed() -> Result<(), anyhow::Error> {
    Err(Leaky.into())
}

/// Fails with a boxed error, with `errors = "visible"`.
#[tool(errors = "visible")]
fn boxed_visible() -> Result<(), anyhow::Error> {
    Err(Leaky.into())
}

/// Fails with an explicitly private error.
#[tool(errors = "visible")]
fn explicit_private() -> Result<(), ToolError> {
    Err(ToolError::private(Leaky))
}

/// Fails with an explicitly visible error.
#[tool(errors = "private")]
fn explicit_visible() -> Result<(), ToolError> {
    Err(ToolError::visible(Leaky))
}

/// Fails with an error that `?` converts.
#[tool]
fn converted() -> Result<(), ToolError> {
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

/// Returns whether a request, or a message for the next request, contains the secret.
async fn leaks(tool: &str, visibility: Option<ErrorVisibility>) -> bool {
    let model =
        ScriptedModel::new([ScriptedReply::call(tool, json!({})), ScriptedReply::text("Ok.")])
            .ignore_rest();
    let tools = tools![
        typed,
        typed_private,
        text,
        boxed,
        boxed_visible,
        explicit_private,
        explicit_visible,
        converted,
        panics,
        fatal
    ];
    let builder = Agent::builder(model.clone()).tools(tools);
    let builder = match visibility {
        Some(visibility) => builder.default_error_visibility(visibility),
        None => builder,
    };
    let messages = match builder.build().unwrap().run("Go.").await {
        Ok(reply) => reply.messages().clone(),
        Err(error) => error.partial_run().unwrap().messages.clone(),
    };
    let outcomes = messages.iter().filter_map(|message| match message {
        Message::Tool(result) => Some(result.status),
        _ => None,
    });
    assert_eq!(outcomes.filter(|outcome| *outcome != ToolCallStatus::Success).count(), 1, "{tool}");
    format!("{messages:?} {:?}", model.requests()).contains(SECRET)
}

#[tokio::test]
async fn tool_and_agent_settings_control_error_visibility() {
    use ErrorVisibility::{Private, Visible};
    // Whether the secret leaks without a setting of the agent, with `Private` and with `Visible`.
    for (tool, default, private, visible) in [
        ("typed", true, false, true),
        ("typed_private", false, false, false),
        ("text", true, false, true),
        ("boxed", false, false, true),
        ("boxed_visible", true, true, true),
        ("explicit_private", false, false, false),
        ("explicit_visible", true, true, true),
        ("converted", false, false, true),
        ("panics", false, false, false),
        ("fatal", false, false, false),
    ] {
        assert_eq!(leaks(tool, None).await, default, "{tool}");
        assert_eq!(leaks(tool, Some(Private)).await, private, "{tool}");
        assert_eq!(leaks(tool, Some(Visible)).await, visible, "{tool}");
    }
}
