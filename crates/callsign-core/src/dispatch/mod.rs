//! Running the calls of a reply: which may start, how one is guarded, what the model hears.

pub(crate) mod answer;
pub(crate) mod arguments;
mod coerce;
pub(crate) mod guard;
pub(crate) mod late;
mod mend;
pub(crate) mod naming;
pub(crate) mod respecified;
pub(crate) mod schedule;
pub(crate) mod toolbox;
#[cfg(feature = "validate")]
pub(crate) mod validate;
