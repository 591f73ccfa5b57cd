//! The line counts in the comparison of libraries in `docs/tools.md`.
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::iter::Sum;
use std::path::Path;

/// The libraries in the order of the table.
const LIBRARIES: [&str; 5] =
    ["Callsign", "rig", "pydantic-ai", "OpenAI Agents SDK", "Vercel AI SDK"];

/// The number of lines of code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    all: usize,
    /// Lines with more than closing brackets.
    substantial: usize,
}

impl Sum for Lines {
    fn sum<I: Iterator<Item = Self>>(lines: I) -> Self {
        lines.fold(Self::default(), |sum, lines| Self {
            all: sum.all + lines.all,
            substantial: sum.substantial + lines.substantial,
        })
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.all, self.substantial)
    }
}

/// The counts by tool and library. A library without the feature has no entry.
type Counts = BTreeMap<(String, &'static str), Lines>;

/// Returns the section of the page.
fn section() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/tools.md");
    let page = fs::read_to_string(page).unwrap();
    page.split_once("\n## Side by side\n").unwrap().1.to_owned()
}

/// Counts the lines of a code block.
///
/// Blank lines and imports do not count. Comments count only if the model receives them. In Rust, the
/// function `example`, which holds statements, counts without its signature and its closing bracket,
/// and what follows `// Not counted` does not count.
fn count(code: &[&str], language: &str) -> Lines {
    let code = match language {
        "rust" => without_scaffold(code),
        _ => code.to_vec(),
    };
    let counts = |line: &&&str| {
        let line = line.trim();
        let is_import = ["use ", "import ", "from "].iter().any(|word| line.starts_with(word));
        let is_comment = language == "python" && line.starts_with('#');
        let is_plain_comment = line.starts_with("//") && !line.starts_with("///");
        !(line.is_empty() || is_import || is_comment || is_plain_comment)
    };
    let lines: Vec<_> = code.iter().filter(counts).collect();
    let is_closing = |line: &str| line.trim().chars().all(|c| "})];,\"".contains(c));
    let substantial = lines.iter().filter(|line| !is_closing(line)).count();
    Lines { all: lines.len(), substantial }
}

/// Returns the lines without those that only make the code compile.
fn without_scaffold<'a>(code: &[&'a str]) -> Vec<&'a str> {
    let mut is_example = false;
    let mut kept = Vec::new();
    for line in code.iter().take_while(|line| !line.starts_with("// Not counted")) {
        let is_signature = line.starts_with("fn example(") || line.starts_with("async fn example(");
        let is_end = is_example && *line == "}";
        is_example = (is_example || is_signature) && !is_end;
        if !is_signature && !is_end {
            kept.push(*line);
        }
    }
    kept
}

/// Counts the code blocks of the section.
///
/// A heading such as `### 1. Plain function` starts a tool. A line that consists of the name of a
/// library starts its code.
fn count_all(section: &str) -> Counts {
    let (mut counts, mut tool, mut library) = (Counts::new(), String::new(), None);
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("### ") {
            (tool, library) = (heading.to_owned(), None);
        } else if let Some(known) = LIBRARIES.iter().find(|library| **library == line) {
            library = Some(*known);
        } else if let Some(language) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let library =
                library.unwrap_or_else(|| unreachable!("code without a library in {tool}"));
            let before = counts.insert((tool.clone(), library), count(&code, language));
            assert_eq!(before, None, "{library} has two code blocks for {tool}");
        }
    }
    counts
}

/// Returns the rows of the table. The last row has the sums of libraries with all tools.
fn rows(counts: &Counts) -> Vec<String> {
    let mut tools: Vec<&String> = counts.keys().map(|(tool, _)| tool).collect();
    tools.dedup();
    let lines_of = |tool: &str, library| counts.get(&(tool.to_owned(), library)).copied();
    let row = |name: &str, cells: [Option<Lines>; LIBRARIES.len()]| {
        let cells = cells.map(|lines| lines.map_or("none".to_owned(), |lines| lines.to_string()));
        format!("| {name} | {} |", cells.join(" | "))
    };
    let mut rows: Vec<_> = tools
        .iter()
        .map(|tool| row(tool, LIBRARIES.map(|library| lines_of(tool, library))))
        .collect();
    rows.push(row(
        "all six",
        LIBRARIES.map(|library| tools.iter().map(|tool| lines_of(tool, library)).sum()),
    ));
    rows
}

#[test]
fn table_has_the_counted_lines() {
    let section = section();
    let counts = count_all(&section);
    assert_eq!(counts.len(), 6 * LIBRARIES.len() - 1, "rig has no approvals");
    let table: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(table[0], format!("| lines | {} |", LIBRARIES.join(" | ")));
    let rows = rows(&counts);
    assert_eq!(table[1..], rows, "the table should be:\n{}", rows.join("\n"));
}

#[test]
fn lines_have_at_most_100_columns() {
    let section = section();
    let long: Vec<_> = section
        .lines()
        .filter(|line| !line.starts_with('|') && line.chars().count() > 100)
        .collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn count_follows_the_rules() {
    let rust = ["use a::b;", "", "/// Does it.", "// Because.", "#[tool]", "fn f() {", "}"];
    assert_eq!(count(&rust, "rust"), Lines { all: 4, substantial: 3 });
    let example = ["fn f() {}", "async fn example() {", "    if a {", "        b()", "    }", "}"];
    assert_eq!(count(&example, "rust"), Lines { all: 4, substantial: 3 });
    let rest = ["fn f() {}", "// Not counted: a type.", "struct A;"];
    assert_eq!(count(&rest, "rust"), Lines { all: 1, substantial: 1 });
    let python = ["import a", "# Because.", "def f():", "    \"\"\"Does it.", "    \"\"\""];
    assert_eq!(count(&python, "python"), Lines { all: 3, substantial: 2 });
    assert_eq!(count(&["f({", "  a,", "});"], "ts"), Lines { all: 3, substantial: 2 });
}
