//! Typed answers: `.output::<T>()`.

#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub mod output;
pub mod output_run;
mod partial;
mod prefix;
mod schema;
pub mod typed_answer;
