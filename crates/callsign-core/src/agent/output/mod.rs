//! Structured output: `.output::<T>()`.

#[expect(clippy::module_inception, reason = "the module is named after its main type")]
pub mod output;
pub mod output_reply;
pub mod output_run;
mod partial;
mod reader;
mod schema;
pub mod typed_output;
