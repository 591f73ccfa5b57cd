//! Hooks around tools and models: decorators that observe what goes through, and change it.
//!
//! A hook is a function of what is asked and of what comes next. It may ask the next one or not,
//! once or again, with something else, and answer something else.
//!
//! Where there are several, the one that was added first is the outermost: it sees a call first
//! and its result last.

pub(crate) mod hooks;
pub mod model;
mod owned;
pub mod tool;
mod waits;
