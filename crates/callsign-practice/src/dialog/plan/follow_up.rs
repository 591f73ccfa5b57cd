//! Recognizes follow-ups: clauses that leave out what an earlier message said.

use std::ops::Range;

use super::PlannedCall;
use crate::language::entities::Sentence;
use crate::language::lexicon;
use crate::language::tokenizer::{Token, TokenKind};

/// Whether a clause continues `previous`, such as "And to Boston?", "What about tomorrow?" or "Boston". `is_first` is
/// false if the message has an earlier clause that no tool was found for.
pub(super) fn is_follow_up(
    sentence: &Sentence,
    clause: &Range<usize>,
    previous: &PlannedCall,
    is_first: bool,
) -> bool {
    let words: Vec<&Token> = sentence.tokens[clause.clone()]
        .iter()
        .filter(|token| token.kind != TokenKind::Punctuation)
        .collect();
    let word = |at: usize| words.get(at).map_or("", |token| token.lower.as_str());
    let has_conjunction = matches!(
        opening(sentence, clause).lower.as_str(),
        "and" | "or" | "also" | "then" | "but" | "instead" | "plus"
    );
    let is_what_about = matches!(word(0), "what" | "how") && matches!(word(1), "about" | "if");
    let is_request = lexicon::is_command(word(0)) || is_question_word(word(0));
    let has_value = words
        .iter()
        .any(|token| token.is_capitalized() && !lexicon::is_function_word(&token.lower))
        || sentence.entities.iter().any(|entity| clause.contains(&entity.range.start));
    let is_fragment = words.len() <= 3
        && !is_request
        && (has_value || matches!(word(0), "to" | "from" | "in" | "on" | "at"));
    let is_reply = !previous.missing.is_empty() && !is_request;
    has_conjunction || is_what_about || (is_fragment && is_first) || is_reply
}

/// Returns the token that opens a clause. The "And" of a follow-up is a separator, so it is before the clause.
fn opening<'a>(sentence: &'a Sentence, clause: &Range<usize>) -> &'a Token {
    let tokens = &sentence.tokens;
    let separator = clause.start.checked_sub(1).filter(|at| {
        let starts_sentence =
            at.checked_sub(1).is_none_or(|before| tokens[before].kind == TokenKind::Punctuation);
        starts_sentence && tokens[*at].kind == TokenKind::Word
    });
    &tokens[separator.unwrap_or(clause.start)]
}

fn is_question_word(word: &str) -> bool {
    matches!(
        word,
        "who"
            | "what"
            | "when"
            | "where"
            | "why"
            | "which"
            | "how"
            | "is"
            | "are"
            | "do"
            | "does"
            | "can"
    )
}
