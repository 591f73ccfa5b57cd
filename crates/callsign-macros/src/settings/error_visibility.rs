//! Visibility of a tool's errors: `errors = "private"`.

use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

const FORM: &str = "invalid error visibility: write `\"visible\"` (the model receives the error) or \
                    `\"private\"` (only the log does)";

/// Who receives a tool's errors: the model and the log, or only the log.
#[derive(Clone, Copy)]
pub(crate) enum ErrorVisibility {
    Visible,
    Private,
}

/// Parses the visibility.
pub(super) fn parse(input: ParseStream<'_>) -> Result<ErrorVisibility> {
    if !input.peek(LitStr) {
        return Err(input.error(FORM));
    }
    let text: LitStr = input.parse()?;
    match text.value().as_str() {
        "visible" => Ok(ErrorVisibility::Visible),
        "private" => Ok(ErrorVisibility::Private),
        _ => Err(Error::new(text.span(), FORM)),
    }
}
