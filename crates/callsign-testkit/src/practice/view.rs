//! A stretch of a sentence as one tool looks at it: what is still unclaimed, and where names stand.

use std::ops::Range;

use super::lexicon::{self, stem};
use super::marks::{Mark, Sentence};
use super::text::{Kind, Token};

/// A stretch of a sentence, with what has been claimed from it.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub(super) sentence: &'a Sentence,
    pub(super) range: Range<usize>,
    /// Stems of the tool's name: such a word is no name of anything else.
    nouns: &'a [String],
    used: Vec<bool>,
    shouted: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(sentence: &'a Sentence, range: Range<usize>, nouns: &'a [String]) -> Self {
        let shouted = !sentence.source.chars().any(char::is_lowercase);
        Self { sentence, range, nouns, used: vec![false; sentence.tokens.len()], shouted }
    }

    /// The token at `at`, where that is within the stretch.
    pub(super) fn token(&self, at: usize) -> Option<&'a Token> {
        self.range.contains(&at).then(|| &self.sentence.tokens[at])
    }

    /// The word at `at` in lower case, or nothing.
    pub(super) fn lower(&self, at: usize) -> &'a str {
        self.token(at).filter(|token| token.kind == Kind::Word).map_or("", |token| &token.lower)
    }

    /// The word before `at` in lower case, or nothing.
    pub(super) fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |at| self.lower(at))
    }

    /// Whether the token at `at` is of the stretch and unclaimed.
    pub(super) fn is_free(&self, at: usize) -> bool {
        self.range.contains(&at) && !self.used[at]
    }

    /// Claims tokens, so that nothing else takes them.
    pub(super) fn claim(&mut self, range: &Range<usize>) {
        for at in range.clone() {
            self.used[at] = true;
        }
    }

    /// The unclaimed marks of the stretch.
    pub(super) fn marks(&self) -> impl Iterator<Item = &'a Mark> + '_ {
        let sentence: &'a Sentence = self.sentence;
        sentence.marks.iter().filter(|mark| mark.range.clone().all(|at| self.is_free(at)))
    }

    /// The unclaimed quotations of the stretch.
    pub(super) fn quotations(&self) -> impl Iterator<Item = usize> + '_ {
        self.range
            .clone()
            .filter(|at| self.is_free(*at) && self.sentence.tokens[*at].kind == Kind::Quoted)
    }

    /// Whether the word at `at` belongs to the tool's own name.
    pub(super) fn is_noun(&self, at: usize) -> bool {
        let word = self.lower(at);
        !word.is_empty() && self.nouns.contains(&stem(word))
    }

    /// Whether a name may have the word at `at` in it.
    fn nameable(&self, at: usize) -> bool {
        let word = self.lower(at);
        let begins = word.starts_with(char::is_alphanumeric);
        begins && self.is_free(at) && self.sentence.mark_at(at).is_none() && !self.is_noun(at)
    }

    fn is_capital(&self, at: usize) -> bool {
        let word = self.lower(at);
        let capital = self.token(at).is_some_and(Token::is_capital);
        capital && self.nameable(at) && !lexicon::is_function(word) && !lexicon::is_command(word)
    }

    fn is_small(&self, at: usize) -> bool {
        let capital = self.token(at).is_some_and(Token::is_capital);
        self.nameable(at) && !capital && !lexicon::ends_name(self.lower(at))
    }

    /// The name that starts at `at` or after an article there.
    pub(super) fn name_at(&self, at: usize) -> Option<Range<usize>> {
        let mut start = at;
        while matches!(self.lower(start), "the" | "a" | "an" | "my" | "city" | "both")
            && start < at + 2
        {
            start += 1;
        }
        let mut end = start;
        if self.is_capital(start) {
            while end < start + 5 && self.is_capital(end) {
                end += 1;
                let joins = matches!(
                    self.lower(end),
                    "de" | "da" | "do" | "del" | "la" | "of" | "upon" | "am" | "the"
                );
                if joins && self.is_capital(end + 1) && self.nameable(end) {
                    end += 1;
                }
            }
        } else {
            while end < start + 3 && self.is_small(end) {
                end += 1;
            }
        }
        (end > start).then_some(start..end)
    }

    /// A name that starts with a capital at `at`.
    pub(super) fn capital_at(&self, at: usize) -> Option<Range<usize>> {
        self.is_capital(at).then(|| self.name_at(at)).flatten()
    }

    /// The name that ends just before `end`.
    pub(super) fn name_before(&self, end: usize) -> Option<Range<usize>> {
        let capital = end > 0 && self.is_capital(end - 1);
        let least = self.range.start.max(end.saturating_sub(if capital { 4 } else { 3 }));
        let fits = |at: usize| if capital { self.is_capital(at) } else { self.is_small(at) };
        let start = (least..end).rev().take_while(|at| fits(*at)).last()?;
        Some(start..end)
    }

    /// The name that the stretch consists of, or a name in capitals that it opens with.
    pub(super) fn bare_name(&self) -> Option<Range<usize>> {
        let skips = |at: &usize| {
            let word = self.lower(*at);
            let token = self.token(*at);
            token.is_some_and(|token| token.kind == Kind::Break)
                || lexicon::is_function(word)
                || lexicon::is_command(word)
        };
        let start =
            self.range.clone().find(|at| !skips(at) && self.sentence.mark_at(*at).is_none())?;
        let name = self.name_at(start)?;
        let capital = self.sentence.tokens[name.start].is_capital();
        let alone =
            (name.end..self.range.end).all(|at| skips(&at) || self.sentence.mark_at(at).is_some());
        (capital || alone).then_some(name)
    }

    /// The text of a name: small letters get capitals, as a person would write them.
    pub(super) fn name_text(&self, range: &Range<usize>) -> String {
        let said = self.sentence.slice(range);
        let written = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.shouted && written.chars().count() > 3 {
            return titled(&written.to_lowercase());
        }
        if written.chars().any(char::is_uppercase) { written } else { titled(&written) }
    }
}

fn titled(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
