//! Patterns of messages: literal text, numbers and gaps.

/// The meaning of a number in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// `{context}`: the context length of the model.
    Context,
    /// `{input}`: the tokens of the request's messages and tools.
    Input,
    /// `{output}`: the output limit that was requested.
    Output,
    /// `{max}`: the largest output limit that is accepted.
    MaxOutput,
    /// Any other name: the number is not used.
    Unused,
}

/// Returns the numbers in the part of `text` that matches `pattern`; `None` if no part does.
///
/// A pattern consists of literal text, of numbers such as `{input}`, and of gaps `{}`, which match
/// any text. It starts with literal text.
pub(super) fn find(pattern: &str, text: &str) -> Option<Vec<(Number, u64)>> {
    find_at(pattern, text).map(|(_, numbers)| numbers)
}

/// Returns where the part of `text` begins that matches `pattern`; `None` if no part does.
pub(super) fn position(pattern: &str, text: &str) -> Option<usize> {
    find_at(pattern, text).map(|(at, _)| at)
}

fn find_at(pattern: &str, text: &str) -> Option<(usize, Vec<(Number, u64)>)> {
    let (first, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let mut starts = text.match_indices(first);
    starts.find_map(|(at, _)| Some((at, match_rest(rest, &text[at + first.len()..])?)))
}

/// Matches the rest of a pattern after an opening brace, or the empty rest.
fn match_rest(mut pattern: &str, mut text: &str) -> Option<Vec<(Number, u64)>> {
    let mut numbers = Vec::new();
    while let Some((name, rest)) = pattern.split_once('}') {
        let (literal, next) = rest.split_once('{').unwrap_or((rest, ""));
        if name.is_empty() {
            text = text.split_once(literal)?.1;
        } else {
            let (value, rest) = leading_number(text)?;
            numbers.push((meaning(name), value));
            text = rest.strip_prefix(literal)?;
        }
        pattern = next;
    }
    Some(numbers)
}

fn meaning(name: &str) -> Number {
    match name {
        "context" => Number::Context,
        "input" => Number::Input,
        "output" => Number::Output,
        "max" => Number::MaxOutput,
        _ => Number::Unused,
    }
}

/// Splits off a number, which may have commas between its digits.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || c == ',';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let end = text[..end].trim_end_matches(',').len();
    let digits: String = text[..end].chars().filter(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_gaps_are_matched() {
        let found =
            find("limit {context}{}has {input} tokens", "a limit 1,024, it has 2000 tokens");
        assert_eq!(found, Some(vec![(Number::Context, 1024), (Number::Input, 2000)]));
        assert_eq!(find("limit {context} tokens", "limit x tokens, limit 7 tokens"), {
            Some(vec![(Number::Context, 7)])
        });
        assert_eq!(find("too long", "it is too long."), Some(Vec::new()));
        assert_eq!(find("limit {max}]", "limit 99999999999999999999]"), None);
        assert_eq!(find("limit {max}]", "limit 5)"), None);
        assert_eq!(find("limit{}reached", "limit was not"), None);
        assert_eq!(find("limit {total}é", "limit 5é"), Some(vec![(Number::Unused, 5)]));
    }
}
