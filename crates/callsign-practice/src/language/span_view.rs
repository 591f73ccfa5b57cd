//! A span of a sentence from the view of one tool: which tokens are unclaimed, and where names are.

use std::ops::Range;

use crate::language::entities::{Entity, Sentence};
use crate::language::lexicon::{self, stem};
use crate::language::tokenizer::{Token, TokenKind};

/// A span of a sentence, with the tokens that arguments have claimed from it.
#[derive(Clone, Debug)]
pub(crate) struct SpanView<'a> {
    pub(crate) sentence: &'a Sentence,
    pub(crate) range: Range<usize>,
    /// Stems of the words in the tool's name. These words are never part of another name.
    name_stems: &'a [String],
    /// For each token of the sentence, whether it is claimed.
    claimed: Vec<bool>,
    /// For each token of the sentence, whether it is the label of a number. Labels are never part of a name.
    labels: Vec<bool>,
    /// Whether the sentence has no lower-case letters, so that capitals mean nothing.
    all_caps: bool,
}

impl<'a> SpanView<'a> {
    /// Creates a view of the tokens `range`. `name_stems` are the stems of the words in the tool's name.
    pub(crate) fn new(
        sentence: &'a Sentence,
        range: Range<usize>,
        name_stems: &'a [String],
    ) -> Self {
        let all_caps = !sentence.source.chars().any(char::is_lowercase);
        let claimed = vec![false; sentence.tokens.len()];
        Self { sentence, range, name_stems, labels: claimed.clone(), claimed, all_caps }
    }

    /// Returns the token at `at`. `None` outside of the span.
    pub(crate) fn token(&self, at: usize) -> Option<&'a Token> {
        self.range.contains(&at).then(|| &self.sentence.tokens[at])
    }

    /// Returns the word at `at` in lower case, or an empty string.
    pub(crate) fn lower(&self, at: usize) -> &'a str {
        self.token(at)
            .filter(|token| token.kind == TokenKind::Word)
            .map_or("", |token| &token.lower)
    }

    /// Returns the word before `at` in lower case, or an empty string.
    pub(crate) fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |at| self.lower(at))
    }

    /// Whether the token at `at` is in the span and unclaimed.
    pub(crate) fn is_free(&self, at: usize) -> bool {
        self.range.contains(&at) && !self.claimed[at]
    }

    /// Claims tokens for an argument. No other argument can use them.
    pub(crate) fn claim(&mut self, range: &Range<usize>) {
        for at in range.clone() {
            self.claimed[at] = true;
        }
    }

    /// Marks the label of a number.
    pub(crate) fn mark_label(&mut self, range: &Range<usize>) {
        for at in range.clone() {
            self.labels[at] = true;
        }
    }

    /// Iterates over the unclaimed entities of the span.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &'a Entity> + '_ {
        let sentence: &'a Sentence = self.sentence;
        sentence.entities.iter().filter(|entity| entity.range.clone().all(|at| self.is_free(at)))
    }

    /// Iterates over the indices of unclaimed quotations in the span.
    pub(crate) fn quotations(&self) -> impl Iterator<Item = usize> + '_ {
        self.range
            .clone()
            .filter(|at| self.is_free(*at) && self.sentence.tokens[*at].kind == TokenKind::Quoted)
    }

    /// Whether the word at `at` is a word of the tool's name.
    pub(crate) fn is_tool_word(&self, at: usize) -> bool {
        let word = self.lower(at);
        !word.is_empty() && self.name_stems.contains(&stem(word))
    }

    /// Whether the word at `at` may be part of a name.
    fn may_be_in_name(&self, at: usize) -> bool {
        let word = self.lower(at);
        let is_alphanumeric = word.starts_with(char::is_alphanumeric);
        is_alphanumeric
            && self.is_free(at)
            && !self.labels[at]
            && self.sentence.entity_at(at).is_none()
            && !self.is_tool_word(at)
    }

    /// Whether the word at `at` is part of a capitalized name.
    fn is_capitalized_name(&self, at: usize) -> bool {
        let word = self.lower(at);
        let capitalized = self.token(at).is_some_and(Token::is_capitalized);
        capitalized
            && self.may_be_in_name(at)
            && !lexicon::is_function_word(word)
            && !lexicon::is_command(word)
    }

    /// Whether the word at `at` may be part of a name in lower case.
    fn is_lowercase_name(&self, at: usize) -> bool {
        let capitalized = self.token(at).is_some_and(Token::is_capitalized);
        self.may_be_in_name(at) && !capitalized && !lexicon::ends_name(self.lower(at))
    }

    /// Returns the name that starts at `at` or after an article at `at`.
    pub(crate) fn name_at(&self, at: usize) -> Option<Range<usize>> {
        let mut start = at;
        while matches!(self.lower(start), "the" | "a" | "an" | "my" | "city" | "both")
            && start < at + 2
        {
            start += 1;
        }
        let mut end = start;
        if self.is_capitalized_name(start) {
            while end < start + 5 && self.is_capitalized_name(end) {
                end += 1;
                // "Rio de Janeiro", "Stratford upon Avon".
                let is_particle = matches!(
                    self.lower(end),
                    "de" | "da" | "do" | "del" | "la" | "of" | "upon" | "am" | "the"
                );
                if is_particle && self.is_capitalized_name(end + 1) && self.may_be_in_name(end) {
                    end += 1;
                }
            }
        } else {
            while end < start + 3 && self.is_lowercase_name(end) {
                end += 1;
            }
        }
        (end > start).then_some(start..end)
    }

    /// Returns the capitalized name that starts at `at`.
    pub(crate) fn capitalized_name_at(&self, at: usize) -> Option<Range<usize>> {
        self.is_capitalized_name(at).then(|| self.name_at(at)).flatten()
    }

    /// Returns the name that ends before token `end`.
    pub(crate) fn name_before(&self, end: usize) -> Option<Range<usize>> {
        let capitalized = end > 0 && self.is_capitalized_name(end - 1);
        let earliest = self.range.start.max(end.saturating_sub(if capitalized { 4 } else { 3 }));
        let fits = |at: usize| {
            if capitalized { self.is_capitalized_name(at) } else { self.is_lowercase_name(at) }
        };
        let start = (earliest..end).rev().take_while(|at| fits(*at)).last()?;
        Some(start..end)
    }

    /// Returns the name that the span consists of, or the capitalized name that it starts with.
    pub(crate) fn bare_name(&self) -> Option<Range<usize>> {
        let is_ignored = |at: &usize| {
            let word = self.lower(*at);
            let token = self.token(*at);
            token.is_some_and(|token| token.kind == TokenKind::Punctuation)
                || lexicon::is_function_word(word)
                || lexicon::is_command(word)
        };
        let start = self
            .range
            .clone()
            .find(|at| !is_ignored(at) && self.sentence.entity_at(*at).is_none())?;
        let name = self.name_at(start)?;
        let capitalized = self.sentence.tokens[name.start].is_capitalized();
        let alone = (name.end..self.range.end)
            .all(|at| is_ignored(&at) || self.sentence.entity_at(at).is_some());
        (capitalized || alone).then_some(name)
    }

    /// Returns the text of a name. Names in lower case become title case, and so do most names of an
    /// all-caps sentence.
    pub(crate) fn name_text(&self, range: &Range<usize>) -> String {
        let source = self.sentence.slice(range);
        let name = source.split_whitespace().collect::<Vec<_>>().join(" ");
        // Names of up to three letters, such as "JFK", are codes.
        if self.all_caps && name.chars().count() > 3 {
            return title_case(&name.to_lowercase());
        }
        if name.chars().any(char::is_uppercase) { name } else { title_case(&name) }
    }
}

fn title_case(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
