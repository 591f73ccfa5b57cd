//! Example arguments: `example = r#"{…}"#`.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

use super::json;
use crate::errors::Errors;
use crate::signature::json_name::json_names;
use crate::signature::parameters::{Argument, Parameter, arguments};
use crate::suggest::most_similar;

/// An example and the names of its arguments.
pub(crate) struct Example {
    pub(crate) text: LitStr,
    keys: Vec<String>,
}

/// Parses an example.
pub(super) fn parse(input: ParseStream<'_>) -> Result<Example> {
    const FORM: &str = "a string with a JSON object of arguments, such as \
                        `r#\"{\"city\": \"Porto\"}\"#`";
    if !input.peek(LitStr) {
        return Err(input.error(format_args!("invalid example: write {FORM}")));
    }
    let text: LitStr = input.parse()?;
    match json::keys(&text.value()) {
        Ok(keys) => Ok(Example { text, keys }),
        Err(reason) => {
            let message = format_args!("invalid example: {reason}; write {FORM}");
            Err(Error::new(text.span(), message))
        }
    }
}

impl Example {
    /// Reports arguments of the example that the tool does not have. It reports none if a
    /// parameter has attributes for serde or schemars, because those can rename arguments.
    pub(super) fn check(&self, parameters: &[Parameter], errors: &mut Errors) {
        let is_plain = |argument: &Argument| argument.serde().next().is_none();
        if !arguments(parameters).all(is_plain) {
            return;
        }
        let names = arguments(parameters).zip(json_names(&[], parameters));
        let names: Vec<_> = names
            .map(|(argument, name)| name.unwrap_or_else(|| argument.name.unraw().to_string()))
            .collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for key in self.keys.iter().filter(|key| !names.contains(&key.as_str())) {
            let hint = match most_similar(key, &names) {
                Some(similar) => format!(": did you mean `{similar}`?"),
                None if names.is_empty() => ": it takes no arguments".to_owned(),
                None => format!(", only `{}`", names.join("`, `")),
            };
            errors.push(&self.text, format_args!("the tool has no argument `{key}`{hint}"));
        }
    }
}
