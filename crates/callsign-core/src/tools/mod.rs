//! Tool calls: the registry, argument checks, scheduling, invocation and results.

pub(crate) mod arguments;
pub(crate) mod blocking;
pub(crate) mod call_result;
pub(crate) mod invoke;
pub(crate) mod names;
pub(crate) mod registry;
pub(crate) mod schedule;
pub(crate) mod spec_override;
