//! Cutting a message into the parts that may each ask for something.

use std::ops::Range;

use super::lexicon;
use super::marks::Sentence;
use super::text::Kind;

/// The parts of a message, in order; separators belong to none.
pub(super) fn split(sentence: &Sentence) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut between = false;
    for (at, token) in sentence.tokens.iter().enumerate() {
        between |= token.is("between");
        if sentence.mark_at(at).is_some() {
            continue;
        }
        if between && token.is("and") {
            between = false;
            continue;
        }
        if separates(sentence, at) {
            if at > start {
                parts.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < sentence.tokens.len() {
        parts.push(start..sentence.tokens.len());
    }
    parts
}

fn separates(sentence: &Sentence, at: usize) -> bool {
    let token = &sentence.tokens[at];
    match token.kind {
        Kind::Quoted => false,
        Kind::Break if token.text == "," => comma_separates(sentence, at),
        Kind::Break => token.text != ":",
        Kind::Word => match token.lower.as_str() {
            "and" | "then" | "also" | "plus" | "vs" | "versus" | "or" | "but" => true,
            "with" => sentence.tokens[..at].iter().any(|token| token.is("compare")),
            _ => false,
        },
    }
}

/// A comma separates within a list that an "and" ends, and before what is long enough to be a request.
fn comma_separates(sentence: &Sentence, at: usize) -> bool {
    let rest: Vec<_> = sentence.tokens[at + 1..]
        .iter()
        .take_while(|token| token.kind != Kind::Break || token.text == ",")
        .collect();
    let listed = rest.iter().any(|token| token.is("and") || token.is("or") || token.is("then"));
    // "Paris, France": a name right after the comma belongs to what is before it.
    let named =
        rest.first().is_some_and(|token| token.is_capital() && !lexicon::is_function(&token.lower));
    let solid = (at + 1..=at + rest.len()).filter(|at| {
        let token = &sentence.tokens[*at];
        token.kind == Kind::Word
            && !lexicon::is_function(&token.lower)
            && sentence.mark_at(*at).is_none()
    });
    listed || (!named && solid.count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let sentence = Sentence::read(text);
        let parts = split(&sentence);
        let parts: Vec<&str> = parts.iter().map(|part| sentence.slice(part)).collect();
        assert_eq!(parts, expected, "{text}");
    }

    #[test]
    fn messages_are_cut_into_parts() {
        check(
            "airports of Chicago, Houston and Boston",
            &["airports of Chicago", "Houston", "Boston"],
        );
        check(
            "flights between Miami and Boston and airports of Chicago",
            &["flights between Miami and Boston", "airports of Chicago"],
        );
        check(
            "compare New York to Seattle with New York to Boston",
            &["compare New York to Seattle", "New York to Boston"],
        );
        check(
            "the weather in Paris, France on July 4, 2013?",
            &["the weather in Paris, France on July 4, 2013"],
        );
        check(
            "Hello! When does UA 15 leave; then roll a die.",
            &["Hello", "When does UA 15 leave", "roll a die"],
        );
        check("search for \"salt and pepper\"", &["search for \"salt and pepper"]);
    }
}
