//! Reasoning and tool calls that a model writes into its text, and that its server leaves there.
//!
//! A server with a parser for its model takes both apart. Others return `<think>…</think>` and
//! `<tool_call>{…}</tool_call>` as text. A [`TextFormat`] says what a model writes.
//!
//! One parser serves all: it processes the text as it arrives, each byte once. Text that may still
//! become a call is held back, and all other text is passed on at once. The result does not depend on
//! how the text is split into deltas.
//!
//! Nothing is guessed:
//! - A call names a tool of the request, and its value is complete: JSON up to its last bracket,
//!   tags up to the end marker of the call.
//! - An example is text if it is marked as one: inside of a code span, of quotes around the call
//!   alone, of a larger JSON value, or of a code block that begins with other text. A block between
//!   `~~~` or four backticks is always text. A block of three backticks that begins with a call is
//!   one.
//! - A call with markers that has no such mark is a call, also in the middle of a line, where many
//!   models write theirs. Indentation is not a mark.
//! - Calls inside of reasoning are not calls. Reasoning is at the beginning, or after other
//!   reasoning or a call.
//! - A response that was cut off has no call that lacks its end marker.

mod arguments;
mod cursor;
mod event_parser;
mod forms;
mod json_calls;
mod parser;
mod pieces;
#[allow(clippy::module_inception, reason = "the module's main type")]
mod text_format;
mod xml_arguments;

#[cfg(test)]
mod tests;

#[doc(hidden)]
pub use self::event_parser::{EventParser, parse_events};
pub use self::text_format::{CallSyntax, ReasoningTags, TextFormat};
