//! What functions, methods and structs share on the way to a tool: what the model fills and what
//! others do, what is valid, and how a call of it goes.

pub(crate) mod arguments;
pub(crate) mod definition;
pub(crate) mod documentation;
pub(crate) mod function;
pub(crate) mod name;
pub(crate) mod owned;
pub(crate) mod parameters;
pub(crate) mod returned;
pub(crate) mod run;
pub(crate) mod types;
pub(crate) mod valid;
