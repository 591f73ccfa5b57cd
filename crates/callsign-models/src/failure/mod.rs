//! What went wrong, said in one line: what, at which address, and what to do about it.

mod body;
pub(crate) mod place;
pub(crate) mod reply;
pub(crate) mod status;
mod text;
pub(crate) mod transport;
