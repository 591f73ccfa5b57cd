//! Texts from elsewhere, made fit for a line of ours.

/// The most characters of a service's own words that a message shows.
const MOST_SHOWN: usize = 300;

/// The text in one line, cut where it is long, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut shown = 0;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
            shown += 1;
        }
        for character in word.chars() {
            if shown >= MOST_SHOWN {
                line.truncate(line.trim_end().len());
                line.push('…');
                return line;
            }
            line.push(character);
            shown += 1;
        }
    }
    line
}

/// The text as a sentence's end: with a full stop, where it has no end of its own.
pub(super) fn sentence(text: &str) -> String {
    let line = one_line(text);
    let ended = line.ends_with(['.', '!', '?', '…']);
    if ended || line.is_empty() { line } else { line + "." }
}
