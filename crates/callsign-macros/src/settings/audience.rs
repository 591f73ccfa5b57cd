//! Who hears a tool's errors, as `errors = "private"` writes it.

use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

const FORM: &str = "`errors` is \"told\", so that the model hears them, or \"private\", so that \
                    only the log does";

/// Who hears a tool's errors.
#[derive(Clone, Copy)]
pub(crate) enum Audience {
    Told,
    Private,
}

/// Reads who hears them.
pub(super) fn read(input: ParseStream<'_>) -> Result<Audience> {
    if !input.peek(LitStr) {
        return Err(input.error(FORM));
    }
    let text: LitStr = input.parse()?;
    match text.value().as_str() {
        "told" => Ok(Audience::Told),
        "private" => Ok(Audience::Private),
        _ => Err(Error::new(text.span(), FORM)),
    }
}
