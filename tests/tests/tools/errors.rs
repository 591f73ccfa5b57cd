//! Who hears a function's error: decided by its type alone.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use callsign::{ToolError, tool, tools};

use crate::{failure, is_private, told};

const SECRET: &str = "postgres://ada:hunter2@db";

/// An error that names itself.
#[derive(Debug)]
struct NoFlight;

impl fmt::Display for NoFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no flight; take a train")
    }
}

impl Error for NoFlight {}

/// An error that is a text and nothing more, not even `Debug`.
struct Shown;

impl fmt::Display for Shown {
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
    says_tell: ToolError = ToolError::tell("told");
    says_private: ToolError = ToolError::private(SECRET);
    text: String = "told".to_owned();
    fixed_text: &'static str = "told";
    shared_text: Cow<'static, str> = "told".into();
    boxed_text: Box<str> = "told".into();
    typed: NoFlight = NoFlight;
    typed_box: Box<NoFlight> = Box::new(NoFlight);
    io: std::io::Error = std::io::Error::other("told");
    only_display: Shown = Shown;
    erased_anyhow: anyhow::Error = anyhow::anyhow!(SECRET);
    erased_typed: anyhow::Error = NoFlight.into();
    erased_box: Box<dyn Error + Send + Sync> = SECRET.into();
    erased_send_box: Box<dyn Error + Send> = Box::new(std::io::Error::other(SECRET));
    erased_local_box: Box<dyn Error> = SECRET.into();
    erased_arc: Arc<dyn Error + Send + Sync> = Arc::new(std::io::Error::other(SECRET));
    erased_local_arc: Arc<dyn Error> = Arc::new(std::io::Error::other(SECRET));
}

/// Turns another's error into its own.
#[tool]
async fn foreign() -> Result<String, ToolError> {
    Ok(std::fs::read_to_string("/no/such/file")?)
}

/// Asks for another try.
#[tool]
async fn again(page: u32) -> Result<u32, ToolError> {
    Err(ToolError::retry(format_args!("page {page} is not there: there are 3")))
}

#[tokio::test]
async fn a_typed_error_is_told() {
    let tools = tools![says_tell, text, fixed_text, shared_text, boxed_text, io];
    for tool in tools {
        assert_eq!(failure(&tool, "{}").await, told("told"), "{tool:?}");
    }
    for tool in tools![typed, typed_box] {
        assert_eq!(failure(&tool, "{}").await, told("no flight; take a train"), "{tool:?}");
    }
    assert_eq!(failure(&tools![only_display][0], "{}").await, told("shown"));
}

#[tokio::test]
async fn an_erased_error_is_private() {
    let tools = tools![
        says_private,
        erased_anyhow,
        erased_box,
        erased_send_box,
        erased_local_box,
        erased_arc,
        erased_local_arc,
    ];
    for tool in tools {
        let failure = failure(&tool, "{}").await;
        assert!(is_private(&failure, SECRET), "{tool:?}: {failure}");
    }
    let failure = failure(&tools![erased_typed][0], "{}").await;
    assert!(is_private(&failure, "no flight; take a train"), "{failure}");
}

#[tokio::test]
async fn what_a_tool_error_is_made_from_is_private() {
    let failure = failure(&tools![foreign][0], "{}").await;
    assert!(failure.starts_with("ToolError { audience: Log, "), "{failure}");
}

#[tokio::test]
async fn a_tool_error_says_itself_what_follows() {
    let failure = failure(&tools![again][0], r#"{"page":4}"#).await;
    assert!(failure.starts_with("ToolError { audience: Retry, message: \"page 4"), "{failure}");
}
