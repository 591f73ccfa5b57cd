//! Abbreviations: words whose period does not end a sentence.

/// Abbreviations that another word follows, without the last period.
const BEFORE_A_WORD: &str =
    "i.e e.g cf vs approx ca dr mr mrs ms prof st ft mt no nr fig incl max min resp";

/// Abbreviations that can also end a sentence, without the last period.
const AT_THE_END: &str = "etc a.m p.m al inc ltd co";

/// Abbreviations before a number, without the period. Before another word, they are words: "yes or no."
const BEFORE_A_NUMBER: [&str; 5] = ["no", "nr", "fig", "max", "min"];

/// Whether a period after `word` belongs to the word, whatever follows. `word` has no period at its end.
pub(crate) fn is_abbreviation(word: &str) -> bool {
    let word = word.to_lowercase();
    let is_listed = BEFORE_A_WORD.split(' ').any(|known| known == word);
    is_listed || (is_initials(&word) && !may_end_sentence(&word))
}

/// Whether the letters of `word` are separated by periods, as in "U.S".
fn is_initials(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
        })
}

fn may_end_sentence(word: &str) -> bool {
    AT_THE_END.split(' ').any(|known| known == word)
}

/// Returns the first sentence of a text on one line, without the period at its end. A blank line ends a sentence too.
pub(crate) fn first_sentence(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let lines = text.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
    let mut rest = lines.flat_map(str::split_ascii_whitespace).peekable();
    while let Some(word) = rest.next() {
        words.push(word);
        if rest.peek().is_none_or(|next| ends_sentence(word, next)) {
            break;
        }
    }
    let sentence = words.join(" ");
    match sentence.strip_suffix('.') {
        Some(bare) if !keeps_period(words.last().copied().unwrap_or_default()) => bare.to_owned(),
        _ => sentence,
    }
}

/// Whether a sentence ends between two words.
fn ends_sentence(word: &str, next: &str) -> bool {
    let word = word.trim_end_matches(CLOSING);
    let starts_sentence = !next.trim_start_matches(OPENING).starts_with(char::is_lowercase);
    match word.strip_suffix('.') {
        Some(bare) => {
            let bare = bare.trim_start_matches(OPENING);
            // "J. Smith".
            let is_initial = bare.len() == 1 && bare.starts_with(char::is_uppercase);
            let is_word = BEFORE_A_NUMBER.iter().any(|known| bare.eq_ignore_ascii_case(known))
                && !next.starts_with(|letter: char| letter.is_ascii_digit());
            starts_sentence
                && !bare.ends_with('.')
                && !is_initial
                && (is_word || !is_abbreviation(bare))
        }
        None => word.ends_with(['!', '?']) && starts_sentence,
    }
}

/// Whether the period at the end of a sentence is also that of an abbreviation.
fn keeps_period(word: &str) -> bool {
    let bare = word.trim_end_matches('.').trim_start_matches(OPENING).to_lowercase();
    may_end_sentence(&bare) || is_initials(&bare)
}

const OPENING: [char; 4] = ['(', '[', '"', '\''];
const CLOSING: [char; 4] = [')', ']', '"', '\''];
