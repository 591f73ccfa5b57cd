//! What went wrong, said in one line: what, at which address, and what to do about it.

mod body;
mod hint;
mod kind;
pub(crate) mod place;
pub(crate) mod reply;
pub(crate) mod secrets;
pub(crate) mod status;
pub(crate) mod text;
pub(crate) mod transport;
mod wait;
