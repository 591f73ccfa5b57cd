//! Arguments of `#[tool(…)]`, shared by functions, methods and structs.

mod attributes;
mod error_visibility;
mod example;
mod expand;
mod flag;
mod json;
mod shared;
mod size;
mod time;
mod valid;

pub(crate) use self::attributes::ToolAttributes;
pub(crate) use self::shared::Settings;
