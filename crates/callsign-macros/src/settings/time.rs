//! Spans of time, as `timeout = "30s"` writes them.

use syn::parse::ParseStream;
use syn::{Error, LitStr, Result};

const FORM: &str = "a time is a text with a whole number and its unit, `ms`, `s` or `m`: \"30s\"";

/// Reads a span of time, in milliseconds.
pub(crate) fn milliseconds(input: ParseStream<'_>) -> Result<u64> {
    if !input.peek(LitStr) {
        return Err(input.error(FORM));
    }
    let text: LitStr = input.parse()?;
    match parse(&text.value()) {
        Some(0) => Err(Error::new(
            text.span(),
            "no call is over in no time: give it more, or leave `timeout` out",
        )),
        Some(milliseconds) => Ok(milliseconds),
        None => Err(Error::new(text.span(), FORM)),
    }
}

fn parse(text: &str) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_whole_number_and_a_unit() {
        let check = |text, milliseconds| assert_eq!(parse(text), milliseconds, "{text}");
        check("250ms", Some(250));
        check("30s", Some(30_000));
        check("2m", Some(120_000));
        check("0s", Some(0));
        for text in ["", "s", "30", "1.5s", "-1s", "30 s", "1h", "30S", "99999999999999999999s"] {
            check(text, None);
        }
        check("18446744073709551615m", None);
    }
}
