//! Conversion into the instructions of an agent.

use std::future::Future;
use std::sync::Arc;

use callsign_types::error::{BoxError, Error};
use callsign_types::traits::run_context::RunContext;
use futures_util::FutureExt;

use crate::executor::agent_config::Instructions;

/// The instructions of an agent: a text, or a function that computes a text from the context of
/// each run.
///
/// The parameter `Kind` only lets the compiler distinguish the two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an agent's instructions",
    label = "neither a text nor a function of the run",
    note = "pass a `&str`, a `String`, or a closure `|run: &RunContext| format!(…)`",
    note = "for an async closure, use `.instructions_fn(|run| async move {{ … }})`"
)]
pub trait IntoInstructions<Kind> {
    /// Returns the instructions.
    #[doc(hidden)]
    fn into_instructions(self) -> InstructionsOf;
}

/// Instructions of either kind, opaque outside of this crate.
#[derive(Debug)]
pub struct InstructionsOf(pub(crate) Instructions);

/// Marks instructions that are a text.
#[derive(Debug)]
pub enum AsText {}

/// Marks instructions that are computed for each run.
#[derive(Debug)]
pub enum AsFunction {}

impl<T: Into<Arc<str>>> IntoInstructions<AsText> for T {
    fn into_instructions(self) -> InstructionsOf {
        InstructionsOf(Instructions::Text(self.into()))
    }
}

impl<F, S> IntoInstructions<(AsFunction, S)> for F
where
    F: Fn(&RunContext) -> S + Send + Sync + 'static,
    S: Into<String>,
{
    fn into_instructions(self) -> InstructionsOf {
        InstructionsOf(Instructions::Computed(Arc::new(move |run| self(run).into())))
    }
}

/// The text that an async function of instructions returns: `String`, `&'static str`, `Arc<str>`,
/// or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an agent's instructions",
    label = "neither a text nor a `Result` of one",
    note = "return a `String`, or `Ok(…)` of one with an error that is an `Error`"
)]
pub trait InstructionsText {
    /// Returns the text.
    ///
    /// # Errors
    /// Returns the function's error. A Callsign [`Error`] stays as it is.
    #[doc(hidden)]
    fn into_text(self) -> Result<Arc<str>, Error>;
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl InstructionsText for $text {
            fn into_text(self) -> Result<Arc<str>, Error> {
                Ok(self.into())
            }
        }
    )*};
}

texts!(String, &'static str, Arc<str>);

impl<T: InstructionsText, E: Into<BoxError>> InstructionsText for Result<T, E> {
    fn into_text(self) -> Result<Arc<str>, Error> {
        let error = match self {
            Ok(text) => return text.into_text(),
            Err(error) => error.into(),
        };
        Err(match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => {
                let message =
                    format!("the instructions of the agent could not be computed: {error}");
                Error::configuration(message).with_source(error)
            }
        })
    }
}

/// Returns instructions that an async function computes for each run.
pub(super) fn async_instructions<F>(
    compute: impl Fn(RunContext) -> F + Send + Sync + 'static,
) -> Instructions
where
    F: Future<Output: InstructionsText> + Send + 'static,
{
    Instructions::Async(Arc::new(move |run| {
        compute(run.clone()).map(InstructionsText::into_text).boxed()
    }))
}
