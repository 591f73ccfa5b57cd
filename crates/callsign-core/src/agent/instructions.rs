//! Conversion into the instructions of an agent.

use std::sync::Arc;

use callsign_types::traits::run_context::RunContext;

use crate::executor::agent_config::Instructions;

/// The instructions of an agent: a text, or a function that computes a text from the context of
/// each run.
///
/// The parameter `Kind` only lets the compiler distinguish the two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an agent's instructions",
    label = "neither a text nor a function of the run",
    note = "pass a `&str`, a `String`, or a closure `|run: &RunContext| format!(…)`"
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
