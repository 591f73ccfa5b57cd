//! Extraction of prose: comments, documentation and messages, without code.

use std::path::Path;

/// Returns the prose of each line of a file, by the extension of its name.
pub(crate) fn prose(path: &Path, text: &str) -> Vec<String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("md") => of_markdown(text),
        Some("rs") => of_rust(text),
        _ => text.lines().map(of_script).collect(),
    }
}

/// Returns the lines without inline code. Lines of code blocks become empty.
fn of_markdown(text: &str) -> Vec<String> {
    let mut is_code = false;
    let prose = text.lines().map(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence { String::new() } else { line.split('`').step_by(2).collect() }
    });
    prose.collect()
}

/// Returns the comment and the double-quoted strings of a line in a shell script, in Python or in
/// TOML.
fn of_script(line: &str) -> String {
    let code = line.trim_start();
    if code.starts_with('#') || code.starts_with("\"\"\"") {
        return code.to_owned();
    }
    let comment = line.split_once(" # ").map_or("", |(_, comment)| comment);
    let strings = line.split('"').skip(1).step_by(2).filter(|string| string.contains(' '));
    strings.chain([comment]).collect::<Vec<_>>().join(" ")
}

/// A position in Rust code.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Code,
    Comment,
    /// A string literal; a raw one ends with a quote and this number of `#`.
    String {
        raw: Option<usize>,
    },
}

/// Returns the comments of each line, and the parts of string literals that contain a space.
fn of_rust(text: &str) -> Vec<String> {
    let mut state = State::Code;
    let mut lines = Vec::new();
    for line in text.lines() {
        if state == State::Comment {
            state = State::Code;
        }
        let (mut prose, mut literal) = (String::new(), String::new());
        let mut rest = line;
        while !rest.is_empty() {
            let before = state;
            let length = step(&mut state, rest);
            match (before, state) {
                (State::Comment, _) => prose.push_str(&rest[..length]),
                (State::String { .. }, State::String { .. }) => literal.push_str(&rest[..length]),
                _ => literal.push('\n'),
            }
            rest = &rest[length..];
        }
        for part in literal.split('\n').filter(|part| part.contains(' ')) {
            prose.push(' ');
            prose.push_str(part);
        }
        lines.push(prose);
    }
    lines
}

/// Advances over the next token of `rest`, and returns its length in bytes.
fn step(state: &mut State, rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    match *state {
        State::Comment => rest.len(),
        State::String { raw: None } if rest.starts_with('\\') => {
            first + rest[first..].chars().next().map_or(0, char::len_utf8)
        }
        State::String { raw } => {
            let end = format!("\"{}", "#".repeat(raw.unwrap_or(0)));
            if !rest.starts_with(&end) {
                return first;
            }
            *state = State::Code;
            end.len()
        }
        State::Code if rest.starts_with("//") => {
            *state = State::Comment;
            2
        }
        // The character literals that look like the start of a string.
        State::Code if rest.starts_with("'\"'") => 3,
        State::Code if rest.starts_with("'\\\"'") => 4,
        State::Code => {
            let hashes = rest
                .strip_prefix('r')
                .map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
            let raw = rest.strip_prefix('r').is_some_and(|raw| raw[hashes..].starts_with('"'));
            if raw {
                *state = State::String { raw: Some(hashes) };
                return 2 + hashes;
            }
            if rest.starts_with('"') {
                *state = State::String { raw: None };
            }
            first
        }
    }
}

#[test]
fn prose_has_comments_and_sentences_but_no_code() {
    let rust = [
        r#"let told = 1; // A comment."#,
        r#"fail!("a \"text\" \"#,
        r#"    that continues"); let heard = '"'; hears("word")"#,
        r##"r#"one "two" three"#; told()"##,
    ];
    let found = of_rust(&rust.join("\n"));
    let found: Vec<_> = found.iter().map(|line| line.trim()).collect();
    let expected = ["A comment.", r#"a \"text\" \"#, "that continues", r#"one "two" three"#];
    assert_eq!(found, expected);
    assert_eq!(of_script("told=\"a text\" # A comment."), "a text A comment.");
    assert_eq!(of_markdown("one `told`\n```\ntold\n```\ntwo"), ["one ", "", "", "", "two"]);
}
