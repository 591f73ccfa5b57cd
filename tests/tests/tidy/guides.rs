//! The Markdown files: their snippets and their links.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::prose::prose;
use crate::{files, root};

/// Returns the Markdown files of the repository with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let pages = files(&root(), &["md"]).into_iter();
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Returns the path inside the repository.
fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Returns the numbers of the lines in Rust snippets that only compile in rustdoc, or are too long.
///
/// Repository pages show the lines that rustdoc hides. Statements outside of a function do not
/// compile in a copy of the snippet.
fn lines_to_fix(text: &str) -> Vec<usize> {
    let statement = Regex::new(r"^(let|for|while|loop|if|match) |^(assert|print)\w*!").unwrap();
    let (mut is_code, mut is_rust, mut found) = (false, false, Vec::new());
    for (index, line) in text.lines().enumerate() {
        let is_long = line.chars().count() > 100;
        if let Some(language) = line.strip_prefix("```") {
            // As rustdoc does, a block without a language counts as Rust.
            is_rust = !is_code && (language.is_empty() || language.starts_with("rust"));
            is_code = !is_code;
            continue;
        }
        let is_hidden = line.trim() == "#" || line.trim_start().starts_with("# ");
        if is_rust && (is_long || is_hidden || statement.is_match(line)) {
            found.push(index + 1);
        }
    }
    found
}

/// Returns the anchor that GitHub derives from each heading, without the text of links.
fn anchors(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\([^)]*\)").unwrap();
    let (mut is_code, mut anchors) = (false, Vec::<String>::new());
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let heading = link.replace_all(heading.trim(), "").to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let mut names = std::iter::once(anchor.clone()).chain(numbered);
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

/// Returns the targets of the links in a page that are not addresses of the web.
fn relative_links(path: &Path, text: &str) -> Vec<(usize, String)> {
    let link = Regex::new(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)").unwrap();
    let mut links = Vec::new();
    for (index, line) in prose(path, text).iter().enumerate() {
        let targets = link.captures_iter(line).filter_map(|found| found.get(1).or(found.get(2)));
        let targets = targets.map(|target| target.as_str());
        let is_relative = |target: &&str| !target.contains(':');
        links.extend(targets.filter(is_relative).map(|target| (index + 1, target.to_owned())));
    }
    links
}

#[test]
fn snippets_can_be_copied_whole() {
    let mut found = Vec::new();
    for (path, text) in pages() {
        let name = name(&path);
        found.extend(lines_to_fix(&text).into_iter().map(|line| format!("{name}:{line}")));
    }
    let remedy = "show hidden lines, put statements into a function, wrap long lines";
    assert!(found.is_empty(), "{remedy}:\n{}", found.join("\n"));
}

#[test]
fn links_lead_to_files_and_headings() {
    let (mut count, mut broken) = (0, Vec::new());
    for (path, text) in pages() {
        for (line, link) in relative_links(&path, &text) {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            let is_found = match anchor {
                "" => target.exists(),
                anchor => fs::read_to_string(&target)
                    .is_ok_and(|text| anchors(&text).iter().any(|own| own == anchor)),
            };
            if !is_found {
                broken.push(format!("{}:{line}: {link}", name(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "links without a target:\n{}", broken.join("\n"));
    assert!(count > 50, "only {count} links found");
}

#[test]
fn lines_anchors_and_links_are_found() {
    let page = "# One `Two`: x_y\n## [A](b) c\n# One `Two`: x_y\n\
        ```rust,no_run\n#[tool]\n# fn main() {\n#\nlet a = 1;\n    let b;\n```\n```sh\n# no\n```\n```\n# yes\n```\n\
        [a](b.md#c) `[a](b)` [a](https://b)\n[a]: d";
    assert_eq!(lines_to_fix(page), [6, 7, 8, 15]);
    assert_eq!(anchors(page), ["one-two-x_y", "a-c", "one-two-x_y-1"]);
    let links = relative_links(Path::new("page.md"), page);
    assert_eq!(links, [(2, "b".to_owned()), (17, "b.md#c".to_owned()), (18, "d".to_owned())]);
}
