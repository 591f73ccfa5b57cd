//! Parts of the expansion that functions, methods and structs share: parameters, validation, the
//! definition and the invocation.

pub(crate) mod arguments;
pub(crate) mod by_reference;
pub(crate) mod definition;
pub(crate) mod documentation;
pub(crate) mod function;
pub(crate) mod invocation;
pub(crate) mod json_name;
pub(crate) mod name;
pub(crate) mod parameters;
pub(crate) mod return_spans;
pub(crate) mod types;
pub(crate) mod valid;
