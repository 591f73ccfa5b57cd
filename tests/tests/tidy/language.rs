//! The vocabulary of comments, documentation and messages.

use std::fs;

use regex::Regex;

use crate::prose::prose;
use crate::{files, root};

/// Retired words and their replacements. Matching ignores the case.
const RETIRED: &[(&str, &str)] = &[
    (r"\bwhoever\b|\bnobody\b|\bsomebody\b", "name the actor: the caller, another process"),
    (r"\bso[- ]many(eth|)\b", "`n`, at most, attempt `n`"),
    (r"\btold\b", "is returned to the model; receives"),
    (r"\b(hears?|heard)\b", "receives"),
    (r"\bmend(s|ed|ing|)\b", "repair, fix, sanitize"),
    (r"\b(it|this|that|which|and|but) (is|are|was) no ([^l]|l[^o])", "is not a"),
    (r"\bnothing of (it|them)\b", "none of it"),
    (r"\bby hand\b", "directly; detached"),
    (r"\bin place of\b", "instead of"),
    (r"\bbeside\b", "alongside, in addition to"),
    (
        r"\b(goes|go|went|going) on (as|with|where|from|by|until|in|to|once|after|later|there)\b",
        "continues, resumes",
    ),
    (r"\bstands? (in|behind|around)\b", "replaces, follows, wraps"),
    (r"\bfor ever\b", "forever; repeatedly"),
    (r"\bat the most\b", "at most"),
    (r"\bcomes? to (nothing|that|this|what)\b|\bwhat [a-z ]+ comes to\b", "the result"),
    (r"\baudiences?\b", "subscriber; event callback"),
    (r"\bobservers?\b", "event callback"),
    (r"\berased errors?\b", "boxed error"),
    (r"\bagents? that (is|are) (a tool|tools)\b", "sub-agent"),
    (r"\bas the (store|run|model|service) fails\b", "Returns the store's error."),
    (r"\b(made|makes?|making) (it |a history |the history |)shorter\b", "compacts"),
    (r",? where (it|that|this|one|there) (is|has|was)\b", "if; when; `None` if absent"),
    (
        r"\b(recogni|summari|seriali|normali|initiali|organi|optimi|customi|authori)s(e|es|ed|ing|ation)\b",
        "American spelling: -ize",
    ),
    (r"\b(behaviour|colour|honour|favour|licence)\w*\b", "American spelling"),
];

/// Exceptions: a part of the path, a part of the match, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("tests/tests/tidy/", "", "the test contains the words that it rejects"),
    ("callsign-core/tests/integration/format.rs", "mended", "a recorded journal never changes"),
    ("crates/callsign-models/", "audience", "the audience of an OAuth token"),
    ("callsign-core/tests/integration/spans.rs", "told", "a serialized name"),
];

/// Folders with data or with text of other authors.
const FOREIGN: &[&str] = &["/data/", "/corpus/", "/fixtures/", "/target/", "/snapshots/"];

#[test]
fn prose_has_no_retired_words() {
    let retired: Vec<(Regex, &str)> = RETIRED
        .iter()
        .map(|(pattern, instead)| (Regex::new(&format!("(?i){pattern}")).unwrap(), *instead))
        .collect();
    let mut found = Vec::new();
    let mut count = 0;
    for path in files(&root(), &["rs", "md", "sh", "py", "toml"]) {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if FOREIGN.iter().any(|folder| format!("/{name}").contains(folder)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (index, line) in prose(&path, &text).iter().enumerate() {
            count += 1;
            for (pattern, instead) in &retired {
                let Some(hit) = pattern.find(line) else { continue };
                let is_allowed = |(part, text, _): &&(&str, &str, &str)| {
                    name.contains(part) && (text.is_empty() || hit.as_str().contains(text))
                };
                if !ALLOWED.iter().any(|allowed| is_allowed(&allowed)) {
                    let (number, word) = (index + 1, hit.as_str());
                    found.push(format!("{name}:{number}: {word:?} ({instead})"));
                }
            }
        }
    }
    assert!(count > 10_000, "only {count} lines were found");
    assert!(found.is_empty(), "{} retired words:\n{}", found.len(), found.join("\n"));
}
