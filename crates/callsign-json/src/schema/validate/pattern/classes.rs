//! Classes and groups of characters whose meaning differs between ECMA 262 and the engine.

/// The members of `\s`: WhiteSpace and LineTerminator of ECMA 262, sections 12.2 and 12.3.
const SPACE: &str = r"\t\n\x{B}\x{C}\r\x{20}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";

/// What `.` matches: everything except LineTerminator.
pub(super) const DOT: &str = r"[^\n\r\x{2028}\x{2029}]";

/// Any character: `[^]` of ECMA 262.
pub(super) const ANY: &str = r"[\x{0}-\x{10FFFF}]";

/// No character: `[]` of ECMA 262.
pub(super) const NONE: &str = r"[^\x{0}-\x{10FFFF}]";

const WORD: &str = "A-Za-z0-9_";

/// Returns the members of `\d`, `\w`, `\s` or their complements, as a class.
pub(super) fn perl_class(letter: char) -> Option<String> {
    let members = match letter.to_ascii_lowercase() {
        'd' => "0-9",
        'w' => WORD,
        's' => SPACE,
        _ => return None,
    };
    let negation = if letter.is_ascii_uppercase() { "^" } else { "" };
    Some(format!("[{negation}{members}]"))
}

/// Returns a word boundary. Only ASCII characters are word characters.
pub(super) fn boundary(is_negated: bool, looks_around: bool) -> Option<String> {
    let (word, other) = (format!("[{WORD}]"), format!("[{WORD}]"));
    match (looks_around, is_negated) {
        (false, false) => Some(r"(?-u:\b)".to_owned()),
        // The engine without look-around has it for bytes only.
        (false, true) => None,
        (true, false) => Some(format!("(?:(?<={word})(?!{other})|(?<!{word})(?={other}))")),
        (true, true) => Some(format!("(?:(?<={word})(?={other})|(?<!{word})(?!{other}))")),
    }
}

/// Returns a character as a literal, inside or outside of a class.
pub(super) fn literal(c: char) -> String {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        c.to_string()
    } else {
        format!(r"\x{{{:X}}}", u32::from(c))
    }
}
