//! The sizes of files and functions.

use std::fs;

use crate::{root, sources};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

/// Returns the name and the number of code lines of each function.
///
/// It finds the end by the indentation of the closing brace, because the code is formatted.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(position) = words.iter().position(|word| *word == "fn") else { continue };
        let modifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern"];
        if line.trim_start().starts_with("//")
            || !words[..position].iter().all(|word| modifiers.contains(word))
        {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| **line == closing);
        let one_line = line.trim_end().ends_with(['}', ';']);
        let Some(end) = end.filter(|_| !one_line) else { continue };
        let name = words.get(position + 1).unwrap_or(&"").split(['(', '<']).next().unwrap();
        let code = lines[start..=start + end].iter().filter(|line| is_code(line)).count();
        found.push((name.to_owned(), code));
    }
    found
}

#[test]
fn files_and_functions_are_short() {
    let mut count = 0;
    let mut long = Vec::new();
    for folder in ["crates", "examples"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            let lines = text.lines().filter(|line| is_code(line)).count();
            if lines > MAX_FILE_LINES {
                long.push(format!("{name}: {lines} lines of code"));
            }
            for (function, lines) in functions(&text) {
                if lines > MAX_FUNCTION_LINES {
                    long.push(format!("{name}: `{function}` has {lines} lines of code"));
                }
            }
            count += 1;
        }
    }
    assert!(count > 200, "only {count} files were found");
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}
