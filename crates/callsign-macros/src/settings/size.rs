//! Sizes: `max_result_bytes = 20_000` or `max_result_bytes = "64KB"`.

use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr, Result};

const FORM: &str = "invalid size: write a number of bytes, such as `20_000`, or a string with a \
                    number and a unit (`B`, `KB`, `MB`, `KiB` or `MiB`), such as `\"64KB\"`";

/// Parses a size, in bytes.
pub(super) fn bytes(input: ParseStream<'_>) -> Result<u64> {
    let (bytes, span) = if input.peek(LitInt) {
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
            span,
            "a result needs at least 1 byte: write a larger size, or remove `max_result_bytes`",
        )),
        Some(bytes) => Ok(bytes),
        None => Err(Error::new(span, FORM)),
    }
}

fn parse(text: &str) -> Option<u64> {
    text.parse::<bytesize::ByteSize>().ok().map(|size| size.as_u64())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn size_is_a_number_and_a_unit() {
        let check = |text, bytes| assert_eq!(parse(text), bytes, "{text}");
        check("500B", Some(500));
        check("64KB", Some(64_000));
        check("64 KB", Some(64_000));
        check("64KiB", Some(65_536));
        check("1MB", Some(1_000_000));
        check("1.5MB", Some(1_500_000));
        check("2MiB", Some(2_097_152));
        for text in ["", "KB", "64 apples", "-1KB"] {
            check(text, None);
        }
    }
}
