//! Durations: `timeout = "30s"`.

use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

const FORM: &str = "invalid duration: write a string with numbers and units, such as `\"30s\"`, \
                    `\"500ms\"` or `\"1h 30m\"`";

/// Parses a duration, in milliseconds.
pub(crate) fn milliseconds(input: ParseStream<'_>) -> Result<u64> {
    if !input.peek(LitStr) {
        return Err(input.error(FORM));
    }
    let text: LitStr = input.parse()?;
    match parse(&text.value()) {
        Some(0) => Err(Error::new(
            text.span(),
            "a timeout can't be zero: write a longer duration, or remove `timeout`",
        )),
        Some(milliseconds) => Ok(milliseconds),
        None => Err(Error::new(text.span(), FORM)),
    }
}

fn parse(text: &str) -> Option<u64> {
    let duration = humantime::parse_duration(text).ok()?;
    // A bare number has no unit that a reader could see.
    let has_unit = text.contains(|c: char| c.is_ascii_alphabetic());
    u64::try_from(duration.as_millis()).ok().filter(|_| has_unit)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn duration_is_numbers_with_units() {
        let check = |text, milliseconds| assert_eq!(parse(text), milliseconds, "{text}");
        check("250ms", Some(250));
        check("30s", Some(30_000));
        check("2m", Some(120_000));
        check("1h 30m", Some(5_400_000));
        check("1.5s", Some(1_500));
        check("0s", Some(0));
        for text in ["", "s", "0", "30", "-1s", "99999999999999999999s"] {
            check(text, None);
        }
    }
}
