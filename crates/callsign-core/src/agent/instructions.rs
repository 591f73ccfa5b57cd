//! The ways to give an agent its standing instructions.

use std::sync::Arc;

use crate::run::parts::Instructions;
use crate::traits::run_context::RunContext;

/// Standing instructions: a text, or a function of the run's context that makes one for each run.
///
/// `Kind` only tells the two apart for the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an agent's instructions",
    label = "neither a text nor a function of the run",
    note = "give a `&str`, a `String`, or a closure `|run: &RunContext| format!(…)`"
)]
pub trait IntoInstructions<Kind> {
    /// The instructions.
    #[doc(hidden)]
    fn into_instructions(self) -> InstructionsOf;
}

/// Instructions on their way into an agent.
#[derive(Debug)]
pub struct InstructionsOf(pub(crate) Instructions);

/// Instructions that are a text.
#[derive(Debug)]
pub enum AsText {}

/// Instructions that are made for each run.
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
