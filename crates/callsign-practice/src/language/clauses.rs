//! Splits a message into clauses. Each clause may ask for something else.

use std::ops::Range;

use crate::language::entities::Sentence;
use crate::language::lexicon;
use crate::language::tokenizer::TokenKind;

/// Returns the token ranges of the clauses, in order, without the separators.
pub(crate) fn split(sentence: &Sentence) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut between = false;
    for (at, token) in sentence.tokens.iter().enumerate() {
        between |= token.is("between");
        if sentence.entity_at(at).is_some() {
            continue;
        }
        if between && token.is("and") {
            // "between A and B" is one clause.
            between = false;
            continue;
        }
        if is_separator(sentence, at) {
            if at > start {
                clauses.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < sentence.tokens.len() {
        clauses.push(start..sentence.tokens.len());
    }
    clauses
}

fn is_separator(sentence: &Sentence, at: usize) -> bool {
    let token = &sentence.tokens[at];
    match token.kind {
        TokenKind::Quoted => false,
        TokenKind::Punctuation if token.text == "," => is_separating_comma(sentence, at),
        TokenKind::Punctuation => token.text != ":",
        TokenKind::Word => match token.lower.as_str() {
            "and" | "then" | "also" | "plus" | "vs" | "versus" | "or" | "but" => true,
            "with" => sentence.tokens[..at].iter().any(|token| token.is("compare")),
            _ => false,
        },
    }
}

/// Whether the comma at `at` separates clauses: in a list that ends with "and", or before enough words for a request.
fn is_separating_comma(sentence: &Sentence, at: usize) -> bool {
    let rest: Vec<_> = sentence.tokens[at + 1..]
        .iter()
        .take_while(|token| token.kind != TokenKind::Punctuation || token.text == ",")
        .collect();
    let is_list = rest.iter().any(|token| token.is("and") || token.is("or") || token.is("then"));
    // In "Paris, France", the name after the comma qualifies the name before it.
    let is_qualifier = rest
        .first()
        .is_some_and(|token| token.is_capitalized() && !lexicon::is_function_word(&token.lower));
    let content_words = (at + 1..=at + rest.len()).filter(|at| {
        let token = &sentence.tokens[*at];
        token.kind == TokenKind::Word
            && !lexicon::is_function_word(&token.lower)
            && sentence.entity_at(*at).is_none()
    });
    is_list || (!is_qualifier && content_words.count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let sentence = Sentence::read(text);
        let clauses = split(&sentence);
        let clauses: Vec<&str> = clauses.iter().map(|clause| sentence.slice(clause)).collect();
        assert_eq!(clauses, expected, "{text}");
    }

    #[test]
    fn messages_are_split_into_clauses() {
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
