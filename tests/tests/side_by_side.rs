//! The lines that `docs/tools.md` says each library needs for the same tools, counted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::iter::Sum;
use std::path::Path;

/// The libraries, as the page's table has them.
const PEERS: [&str; 5] = ["Callsign", "rig", "pydantic-ai", "OpenAI Agents SDK", "Vercel AI SDK"];

/// Lines that a user writes, and those of them that hold more than closing brackets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    all: usize,
    telling: usize,
}

impl Sum for Lines {
    fn sum<I: Iterator<Item = Self>>(lines: I) -> Self {
        lines.fold(Self::default(), |sum, lines| Self {
            all: sum.all + lines.all,
            telling: sum.telling + lines.telling,
        })
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.all, self.telling)
    }
}

/// What was counted, by tool and library; none where a library has no such thing.
type Counts = BTreeMap<(String, &'static str), Lines>;

fn side_by_side() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/tools.md");
    let page = fs::read_to_string(page).unwrap();
    page.split_once("\n## Side by side\n").unwrap().1.to_owned()
}

/// The lines of a code block that count: not blank, no import, no comment but one that the model
/// sees, nothing that rustdoc hides.
fn count(code: &[&str], language: &str) -> Lines {
    let counts = |line: &&&str| {
        let line = line.trim();
        let is_import = ["use ", "import ", "from "].iter().any(|word| line.starts_with(word));
        let is_comment = match language {
            "rust" => line == "#" || line.starts_with("# "),
            "python" => line.starts_with('#'),
            _ => false,
        };
        let is_note = line.starts_with("//") && !line.starts_with("///");
        !(line.is_empty() || is_import || is_comment || is_note)
    };
    let lines: Vec<_> = code.iter().filter(counts).collect();
    let is_closing = |line: &str| line.trim().chars().all(|c| "})];,\"".contains(c));
    let telling = lines.iter().filter(|line| !is_closing(line)).count();
    Lines { all: lines.len(), telling }
}

/// Counts the page's code blocks. A heading `### 1. Plain` begins a tool, and a line with nothing
/// but a library's name its code.
fn counted(page: &str) -> Counts {
    let (mut counts, mut tool, mut peer) = (Counts::new(), String::new(), None);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("### ") {
            (tool, peer) = (heading.to_owned(), None);
        } else if let Some(known) = PEERS.iter().find(|peer| **peer == line) {
            peer = Some(*known);
        } else if let Some(language) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let peer = peer.unwrap_or_else(|| unreachable!("code of nobody in {tool}"));
            let before = counts.insert((tool.clone(), peer), count(&code, language));
            assert_eq!(before, None, "{peer} has two pieces of code for {tool}");
        }
    }
    counts
}

/// The rows that the counts amount to; the last are the sums of the libraries that have all.
fn rows(counts: &Counts) -> Vec<String> {
    let mut tools: Vec<&String> = counts.keys().map(|(tool, _)| tool).collect();
    tools.dedup();
    let of = |tool: &str, peer| counts.get(&(tool.to_owned(), peer)).copied();
    let row = |name: &str, cells: [Option<Lines>; PEERS.len()]| {
        let cells = cells.map(|lines| lines.map_or("none".to_owned(), |lines| lines.to_string()));
        format!("| {name} | {} |", cells.join(" | "))
    };
    let mut rows: Vec<_> =
        tools.iter().map(|tool| row(tool, PEERS.map(|peer| of(tool, peer)))).collect();
    rows.push(row("all six", PEERS.map(|peer| tools.iter().map(|tool| of(tool, peer)).sum())));
    rows
}

#[test]
fn the_table_is_what_the_code_comes_to() {
    let page = side_by_side();
    let counts = counted(&page);
    assert_eq!(counts.len(), 6 * PEERS.len() - 1, "rig has no approvals");
    let table: Vec<_> = page.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(table[0], format!("| lines | {} |", PEERS.join(" | ")));
    let rows = rows(&counts);
    assert_eq!(table[1..], rows, "the table should be:\n{}", rows.join("\n"));
}

#[test]
fn no_line_is_longer_than_the_rule_says() {
    let page = side_by_side();
    let long: Vec<_> =
        page.lines().filter(|line| !line.starts_with('|') && line.chars().count() > 100).collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn the_rule_counts_what_is_written() {
    let rust =
        ["use a::b;", "", "/// Does it.", "// Because.", "# hidden", "#[tool]", "fn f() {", "}"];
    assert_eq!(count(&rust, "rust"), Lines { all: 4, telling: 3 });
    let python = ["import a", "# Because.", "def f():", "    \"\"\"Does it.", "    \"\"\""];
    assert_eq!(count(&python, "python"), Lines { all: 3, telling: 2 });
    assert_eq!(count(&["f({", "  a,", "});"], "ts"), Lines { all: 3, telling: 2 });
}
