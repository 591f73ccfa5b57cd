//! What a user says of a tool between the brackets, shared by all that make tools.

mod attributes;
mod audience;
mod example;
mod expand;
mod flag;
mod json;
mod shared;
mod size;
mod time;
mod valid;

pub(crate) use self::attributes::Attributes;
pub(crate) use self::shared::Settings;
