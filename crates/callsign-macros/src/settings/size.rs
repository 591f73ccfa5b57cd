//! Sizes, as `max_result_bytes = 20_000` or `= "64KB"` writes them.

use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr, Result};

const FORM: &str = "a size is a number of bytes, `20_000`, or a text with a whole number and its \
                    unit, `B`, `KB`, `MB`, `KiB` or `MiB`: \"64KB\"";

/// Reads a size, in bytes.
pub(super) fn bytes(input: ParseStream<'_>) -> Result<u64> {
    let (bytes, place) = if input.peek(LitInt) {
        let number: LitInt = input.parse()?;
        (number.base10_parse().ok(), number.span())
    } else if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        (parse(&text.value()), text.span())
    } else {
        return Err(input.error(FORM));
    };
    match bytes {
        Some(0) => Err(Error::new(
            place,
            "no result fits into no bytes: give it more, or leave `max_result_bytes` out",
        )),
        Some(bytes) => Ok(bytes),
        None => Err(Error::new(place, FORM)),
    }
}

fn parse(text: &str) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit {
        "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_whole_number_and_a_unit() {
        let check = |text, bytes| assert_eq!(parse(text), bytes, "{text}");
        check("500B", Some(500));
        check("64KB", Some(64_000));
        check("64KiB", Some(65_536));
        check("1MB", Some(1_000_000));
        check("2MiB", Some(2_097_152));
        for text in ["", "KB", "64", "64 KB", "64kb", "1.5MB", "1GB", "99999999999999999MB"] {
            check(text, None);
        }
    }
}
