//! Error visibility by the type of the error.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use callsign::{ToolError, tool, tools};

use crate::{failure, is_private, visible};

const SECRET: &str = "postgres://ada:hunter2@db";

/// A typed error.
#[derive(Debug)]
struct NoFlight;

impl fmt::Display for NoFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no flight; take a train")
    }
}

impl Error for NoFlight {}

/// A type that implements only `Display`.
struct DisplayOnly;

impl fmt::Display for DisplayOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shown")
    }
}

macro_rules! fails {
    ($($name:ident: $ty:ty = $value:expr;)*) => {
        $(
            /// Fails.
            #[tool]
            fn $name() -> Result<u32, $ty> {
                Err($value)
            }
        )*
    };
}

fails! {
    explicit_visible: ToolError = ToolError::visible("shown");
    explicit_private: ToolError = ToolError::private(SECRET);
    text: String = "shown".to_owned();
    fixed_text: &'static str = "shown";
    shared_text: Cow<'static, str> = "shown".into();
    boxed_text: Box<str> = "shown".into();
    typed: NoFlight = NoFlight;
    typed_box: Box<NoFlight> = Box::new(NoFlight);
    io: std::io::Error = std::io::Error::other("shown");
    only_display: DisplayOnly = DisplayOnly;
    anyhow_error: anyhow::Error = anyhow::anyhow!(SECRET);
    anyhow_of_typed: anyhow::Error = NoFlight.into();
    boxed: Box<dyn Error + Send + Sync> = SECRET.into();
    boxed_send: Box<dyn Error + Send> = Box::new(std::io::Error::other(SECRET));
    boxed_local: Box<dyn Error> = SECRET.into();
    arc: Arc<dyn Error + Send + Sync> = Arc::new(std::io::Error::other(SECRET));
    arc_local: Arc<dyn Error> = Arc::new(std::io::Error::other(SECRET));
}

/// Fails with an error that `?` converts.
#[tool]
async fn converted() -> Result<String, ToolError> {
    Ok(std::fs::read_to_string("/no/such/file")?)
}

/// Asks the model to try again.
#[tool]
async fn again(page: u32) -> Result<u32, ToolError> {
    Err(ToolError::retry(format_args!("page {page} does not exist; there are 3 pages")))
}

#[tokio::test]
async fn typed_errors_are_visible() {
    let tools = tools![explicit_visible, text, fixed_text, shared_text, boxed_text, io];
    for tool in tools {
        assert_eq!(failure(&tool, "{}").await, visible("shown"), "{tool:?}");
    }
    for tool in tools![typed, typed_box] {
        assert_eq!(failure(&tool, "{}").await, visible("no flight; take a train"), "{tool:?}");
    }
    assert_eq!(failure(&tools![only_display][0], "{}").await, visible("shown"));
}

#[tokio::test]
async fn boxed_errors_are_private() {
    let tools =
        tools![explicit_private, anyhow_error, boxed, boxed_send, boxed_local, arc, arc_local,];
    for tool in tools {
        let failure = failure(&tool, "{}").await;
        assert!(is_private(&failure, SECRET), "{tool:?}: {failure}");
    }
    let failure = failure(&tools![anyhow_of_typed][0], "{}").await;
    assert!(is_private(&failure, "no flight; take a train"), "{failure}");
}

#[tokio::test]
async fn errors_converted_to_tool_errors_are_private() {
    let failure = failure(&tools![converted][0], "{}").await;
    assert!(failure.starts_with("ToolError { route: Log, "), "{failure}");
}

#[tokio::test]
async fn retry_errors_keep_their_route() {
    let failure = failure(&tools![again][0], r#"{"page":4}"#).await;
    assert!(failure.starts_with("ToolError { route: Retry, message: \"page 4"), "{failure}");
}
