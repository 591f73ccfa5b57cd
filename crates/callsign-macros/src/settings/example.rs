//! Arguments as a model might send them, as `example = r#"{…}"#` writes them.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

use super::json;
use crate::errors::Errors;
use crate::names::nearest;
use crate::signature::parameters::{Argument, Parameter, arguments};

/// An example and the arguments that it has.
pub(crate) struct Example {
    pub(crate) text: LitStr,
    keys: Vec<String>,
}

/// Reads an example.
pub(super) fn read(input: ParseStream<'_>) -> Result<Example> {
    const FORM: &str = "an example is the text of a JSON object of arguments, as a model would \
                        send it: r#\"{\"city\": \"Porto\"}\"#";
    if !input.peek(LitStr) {
        return Err(input.error(FORM));
    }
    let text: LitStr = input.parse()?;
    match json::keys(&text.value()) {
        Ok(keys) => Ok(Example { text, keys }),
        Err(why) => Err(Error::new(text.span(), format_args!("{FORM}; {why}"))),
    }
}

impl Example {
    /// Notes the arguments of the example that the tool does not have, where the names of the
    /// tool's are known: serde's attributes may change them.
    pub(super) fn check(&self, parameters: &[Parameter], errors: &mut Errors) {
        let is_plain = |argument: &Argument| argument.serde().next().is_none();
        if !arguments(parameters).all(is_plain) {
            return;
        }
        let names: Vec<_> =
            arguments(parameters).map(|argument| argument.name.unraw().to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for key in self.keys.iter().filter(|key| !names.contains(&key.as_str())) {
            let instead = match nearest(key, &names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if names.is_empty() => "it takes none".to_owned(),
                None => format!("it has `{}`", names.join("`, `")),
            };
            self.complain(key, &instead, errors);
        }
    }

    fn complain(&self, key: &str, instead: &str, errors: &mut Errors) {
        let message = format_args!("the tool has no argument `{key}`: {instead}");
        errors.push(&self.text, message);
    }
}
