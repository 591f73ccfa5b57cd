//! The names of arguments in JSON.

use syn::Attribute;
use syn::ext::IdentExt;

use super::arguments::has_option;
use super::parameters::{Argument, Parameter, arguments};

/// Returns the name of each argument that has another name in JSON: `_thought` is `thought`,
/// because Rust's mark of an unused parameter means nothing to a model.
///
/// A name stays if serde sets it, by the argument's attributes or by the struct's `attributes`. It
/// also stays if two arguments would have the same one, or if there is no letter after the
/// underscores.
pub(crate) fn json_names(
    attributes: &[Attribute],
    parameters: &[Parameter],
) -> Vec<Option<String>> {
    let is_set = attributes.iter().any(|attribute| has_option(attribute, "rename_all"));
    let renamed: Vec<_> = arguments(parameters).map(without_underscore).collect();
    let arguments: Vec<_> = arguments(parameters).collect();
    let is_unique = |name: &String| {
        let is_written = arguments.iter().any(|argument| argument.name.unraw() == name);
        let is_shared = renamed.iter().flatten().filter(|other| *other == name).count() > 1;
        !is_written && !is_shared
    };
    renamed.iter().map(|name| name.clone().filter(|name| !is_set && is_unique(name))).collect()
}

fn without_underscore(argument: &Argument) -> Option<String> {
    let name = argument.name.to_string();
    let rest = name.trim_start_matches('_');
    let is_name = rest.len() < name.len() && rest.starts_with(char::is_alphabetic);
    let is_set = argument
        .serde()
        .any(|attribute| ["rename", "flatten"].iter().any(|option| has_option(attribute, option)));
    (is_name && !is_set).then(|| rest.to_owned())
}
