//! Descriptions for a model, from doc comments.
//!
//! Doc comments are wrapped for readers of the code. A line break inside a paragraph has no meaning
//! in Markdown, and costs tokens, so the lines of a paragraph are joined.

use std::borrow::Cow;

/// Returns the description of an item from its `#[doc = "…"]` attributes, one per line of a `///`
/// comment, or one for a whole block comment or file.
///
/// ```
/// use callsign_json::schema::description::from_docs;
///
/// let description = from_docs([" Finds flights", " by:", "", " - the price", " - the time"]);
/// assert_eq!(description, "Finds flights by:\n\n- the price\n- the time");
/// ```
pub fn from_docs<'a>(docs: impl IntoIterator<Item = &'a str>) -> String {
    let docs = docs.into_iter().map(|doc| match doc.split_once('\n') {
        None => Cow::from(doc.strip_prefix(' ').unwrap_or(doc)),
        Some((first, rest)) => {
            let rest = without_stars(rest).map_or(Cow::from(rest), Cow::from);
            Cow::from(format!("{}\n{}", first.trim_start(), unindented(&rest)))
        }
    });
    join_lines(&docs.collect::<Vec<_>>().join("\n"))
}

/// Joins the lines of each paragraph of a Markdown text.
///
/// Blank lines, list items, code blocks, tables, headings, quotes and hard line breaks stay.
///
/// ```
/// use callsign_json::schema::description::join_lines;
///
/// assert_eq!(join_lines("The name\nof a city.\n\nIn English."), "The name of a city.\n\nIn English.");
/// ```
#[must_use]
pub fn join_lines(text: &str) -> String {
    let text = match text.split_once('\n') {
        None => return text.trim().to_owned(),
        Some((first, rest)) => match without_stars(rest) {
            Some(rest) => Cow::from(format!("{first}\n{rest}")),
            None => Cow::from(text),
        },
    };
    let mut joined = String::with_capacity(text.len());
    let mut before = Before::default();
    for line in text.lines() {
        let line = LineOf::new(line, &before);
        if line.continues {
            joined.push(' ');
            joined.push_str(line.text.trim());
        } else {
            joined.push('\n');
            let is_plain = line.kind == Kind::Text && !before.in_list;
            joined.push_str(if is_plain { line.text.trim() } else { line.text.trim_end() });
        }
        before = line.after(before);
    }
    joined.trim_matches('\n').trim_end().to_owned()
}

/// What precedes a line.
#[derive(Default)]
struct Before {
    /// Whether the line before ends with text that the next line can continue.
    is_open: bool,
    /// Whether the text belongs to a list.
    in_list: bool,
    in_table: bool,
    /// The marker of the code block that is open.
    fence: Option<String>,
}

/// A line, by its role in the text.
struct LineOf<'a> {
    text: &'a str,
    kind: Kind,
    continues: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Blank,
    Text,
    Item,
    /// The line of a table.
    Row,
    /// The first or last line of a code block.
    Fence,
    /// A line that stays as it is: code, a heading, a quote.
    Verbatim,
}

impl<'a> LineOf<'a> {
    fn new(text: &'a str, before: &Before) -> Self {
        let kind = kind(text, before);
        Self { text, kind, continues: kind == Kind::Text && before.is_open }
    }

    fn after(&self, before: Before) -> Before {
        let is_hard_break = self.text.ends_with("  ") || self.text.ends_with('\\');
        let is_indented = self.text.starts_with(' ');
        Before {
            is_open: matches!(self.kind, Kind::Text | Kind::Item) && !is_hard_break,
            in_list: match self.kind {
                Kind::Item => true,
                Kind::Text if !self.continues => before.in_list && is_indented,
                _ => before.in_list,
            },
            in_table: self.kind == Kind::Row,
            fence: match (self.kind, before.fence) {
                (Kind::Fence, None) => fence(self.text).map(str::to_owned),
                (Kind::Fence, Some(_)) => None,
                (_, open) => open,
            },
        }
    }
}

fn kind(line: &str, before: &Before) -> Kind {
    let text = line.trim();
    if let Some(open) = &before.fence {
        let closes = fence(line).is_some_and(|marker| marker.starts_with(&**open));
        return if closes { Kind::Fence } else { Kind::Verbatim };
    }
    let indent = line.len() - line.trim_start().len();
    let is_code = !before.is_open && indent >= if before.in_list { 6 } else { 4 };
    if text.is_empty() {
        Kind::Blank
    } else if fence(line).is_some() {
        Kind::Fence
    } else if is_item(text, before) {
        Kind::Item
    } else if is_row(text, before) {
        Kind::Row
    } else if is_code || is_verbatim(text) {
        Kind::Verbatim
    } else {
        Kind::Text
    }
}

/// Returns the marker that opens or closes a code block.
fn fence(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let first = text.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(first).len();
    (length >= 3).then(|| &text[..length])
}

fn is_item(text: &str, before: &Before) -> bool {
    let marker = text.split(' ').next().unwrap_or_default();
    if matches!(marker, "-" | "*" | "+") {
        return true;
    }
    let number = marker.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    // Inside a paragraph, only the first number begins a list: others end a sentence.
    is_number && (before.in_list || !before.is_open || number == "1")
}

fn is_row(text: &str, before: &Before) -> bool {
    let is_delimiter = text.contains("--") && text.bytes().all(|b| b"|-: ".contains(&b));
    text.starts_with('|') || (text.contains('|') && (is_delimiter || before.in_table))
}

fn is_verbatim(text: &str) -> bool {
    let is_heading = text.starts_with('#') && text.trim_start_matches('#').starts_with(' ');
    let is_rule = text.len() >= 3 && ["-", "=", "*"].iter().any(|c| text.replace(c, "").is_empty());
    let is_link = text.starts_with('[') && text.contains("]: ");
    is_heading || is_rule || is_link || text.starts_with('>')
}

/// Removes the stars that decorate the lines of a block comment; `None` if there are none.
fn without_stars(rest: &str) -> Option<String> {
    let lines: Vec<_> = rest.lines().collect();
    let decorated = |line: &&str| line.starts_with([' ', '\t']) && line.trim().starts_with('*');
    let (last, lines) = lines.split_last()?;
    let is_end = last.trim().is_empty();
    if !(lines.iter().all(decorated) && (is_end || decorated(last))) || (is_end && lines.is_empty())
    {
        return None;
    }
    let lines = lines.iter().chain((!is_end).then_some(last));
    let lines = lines.map(|line| line.trim_start().trim_start_matches('*'));
    Some(unindented(&lines.collect::<Vec<_>>().join("\n")).into_owned())
}

/// Removes the indentation that all lines share.
fn unindented(text: &str) -> Cow<'_, str> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    match lines.map(|line| line.len() - line.trim_start_matches(' ').len()).min() {
        None | Some(0) => text.into(),
        Some(indent) => {
            let lines = text.lines().map(|line| line.get(indent..).unwrap_or_default());
            lines.collect::<Vec<_>>().join("\n").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_word_is_lost(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "a", "b c", " ", "    ", "\n", "\n", "\n\n", "- ", "1. ", "| ", "```", "~~~~", "# ",
                    "---", "> ", "\\", "  \n", "ä",
                ]),
                0..24,
            )
        ) {
            let text = pieces.concat();
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let joined = join_lines(&text);
            prop_assert_eq!(words(&joined), words(&text));
            prop_assert!(joined.lines().count() <= text.lines().count());
            // The lines of code stay as they are.
            let code = format!("Before\nit.\n```\n{}\n```", text.replace('`', ""));
            let expected = code.replace("Before\nit.", "Before it.");
            let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(lines(&join_lines(&code)), lines(&expected));
        }
    }

    #[test]
    fn only_the_lines_of_a_paragraph_are_joined() {
        let check = |text: &str, expected: &str| assert_eq!(join_lines(text), expected, "{text}");
        check("", "");
        check("one", "one");
        check("\n one \n", "one");
        check("one\ntwo\nthree", "one two three");
        check("one\n\n\ntwo\n three", "one\n\n\ntwo three");
        check("a:\n- b\n  c\n- d\n\ne\nf", "a:\n- b c\n- d\n\ne f");
        check("a:\n* b\n  * c\n    d\n+ e", "a:\n* b\n  * c d\n+ e");
        check("a:\n1. b\n   c\n2. d\n10) e", "a:\n1. b c\n2. d\n10) e");
        check("built in\n1990. It\nis", "built in 1990. It is");
        check("- a\n\n  b\n  c", "- a\n\n  b c");
        check("- a\n\n      let b;\n      c", "- a\n\n      let b;\n      c");
        check("a\n```\nb\n\n  c\n- d\n```\ne\nf", "a\n```\nb\n\n  c\n- d\n```\ne f");
        check("~~~~ text\n~~~\na\nb\n~~~~\nc", "~~~~ text\n~~~\na\nb\n~~~~\nc");
        check("a\n\n    b\n    c\n\nd\ne", "a\n\n    b\n    c\n\nd e");
        check("a\n    b", "a b");
        check("# A\nb\nc\n## D\ne", "# A\nb c\n## D\ne");
        check("A\n===\nb\nc", "A\n===\nb c");
        check("a\n| b | c |\n|---|---|\n| d | e |\nf", "a\n| b | c |\n|---|---|\n| d | e |\nf");
        check("b | c\n--- | ---\nd | e\n\nf | g\nh", "b | c\n--- | ---\nd | e\n\nf | g h");
        check("> a\n> b\n\nc", "> a\n> b\n\nc");
        check("a  \nb\\\nc\nd", "a\nb\\\nc d");
        check("#5 is\n-1 or\n*much* less", "#5 is -1 or *much* less");
        check("a\n[b]: http://c", "a\n[b]: http://c");
        check("ä\nö ü\r\nß", "ä ö ü ß");
    }

    #[test]
    fn stars_of_block_comments_are_removed() {
        assert_eq!(join_lines("a\n * b\n *\n * - c\n "), "a b\n\n- c");
        // These are list items.
        assert_eq!(join_lines("a\n* b\n* c"), "a\n* b\n* c");
        assert_eq!(from_docs([" a", " * b", " * c"]), "a\n* b\n* c");
    }

    #[test]
    fn docs_of_every_form_have_the_same_text() {
        let expected = "a b\n\n    c\n    d";
        assert_eq!(from_docs([" a", " b", "", "     c", "     d"]), expected);
        assert_eq!(from_docs(["a\n    b\n\n        c\n        d\n"]), expected);
        assert_eq!(from_docs(["\n * a\n * b\n *\n *     c\n *     d\n "]), expected);
        let expected = "a\n\nb\n\n    c\n    d";
        assert_eq!(from_docs(["a", "\nb\n\n    c\n    d"]), expected);
        assert_eq!(from_docs([""; 0]), "");
    }
}
