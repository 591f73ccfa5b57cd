//! Formatting of foreign texts for one-line messages.

/// The maximum length of a provider's text in a message, in characters.
const MAX_CHARS: usize = 300;

/// Returns `text` as one line without control characters, truncated with `…` if it is long.
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
            if shown >= MAX_CHARS {
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
