//! The notations of calls.

use callsign_json::scanner::JsonScanner;

use super::arguments;
use super::cursor::{Cursor, MAX_SPACE, Match, Read, Stop, match_marker};
use super::json_calls::{JsonCalls, JsonProgress};
use super::pieces::WrittenCall;
use super::text_format::CallSyntax;
use super::xml_arguments::{
    ARG_KEY, DSML_PARAMETER, NAMED_PARAMETER, PARAMETER, XmlProgress, XmlSyntax,
};
use crate::request::ToolDefinition;

/// The longest text between two markers of a call's head, in bytes.
const MAX_HEAD: usize = 200;
const FENCE: &str = "```";

/// What is read at the moment. It keeps its place between two deltas, so that each byte of a long
/// value is read once.
#[derive(Debug, Default)]
pub(super) enum Progress {
    #[default]
    Head,
    Calls(JsonCalls),
    Object(JsonProgress),
    Xml(XmlProgress),
}

impl Progress {
    /// Returns the scanner of a JSON value that is not complete.
    pub(super) fn into_open(self) -> Option<JsonScanner> {
        match self {
            Self::Calls(calls) => calls.json.into_open(),
            Self::Object(json) => json.into_open(),
            Self::Head | Self::Xml(_) => None,
        }
    }
}

impl CallSyntax {
    /// Returns the markers with which a call begins. Calls as bare JSON have none.
    fn openings(self) -> &'static [&'static str] {
        match self {
            Self::ToolCallTag => &["<tool_call>", "<|tool_call|>", "<function_call>"],
            Self::Json => &[],
            Self::Mistral => &["[TOOL_CALLS]"],
            Self::PythonTag => &["<|python_tag|>"],
            Self::FunctionTag => &["<function="],
            Self::DeepSeek => &[
                "<｜tool▁calls▁begin｜>",
                "<｜tool▁call▁begin｜>",
                "<｜DSML｜function_calls>",
                "<｜DSML｜tool_calls>",
                "<｜DSML｜invoke name=",
            ],
            Self::Kimi => &["<|tool_calls_section_begin|>", "<|tool_call_begin|>"],
            Self::Invoke => &["<minimax:tool_call>", "<invoke name="],
        }
    }
}

/// Text that may follow a call and belongs to its notation.
pub(super) const TRAILERS: &[&str] = &[
    "</tool_call>",
    "</minimax:tool_call>",
    "<｜tool▁calls▁end｜>",
    "</｜DSML｜function_calls>",
    "</｜DSML｜tool_calls>",
    "<|tool_calls_section_end|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|im_end|>",
    "</s>",
];

/// Returns the notation that begins at the text. `is_line` says whether only whitespace is before it
/// on its line.
pub(super) fn opening(
    calls: &[CallSyntax],
    text: &str,
    is_line: bool,
    is_end: bool,
) -> Result<Option<CallSyntax>, Stop> {
    let mut found = None;
    for syntax in calls {
        for marker in syntax.openings() {
            match match_marker(text, marker, is_end) {
                Match::Full => found = Some(*syntax),
                Match::Partial => return Err(Stop::More),
                Match::None => {}
            }
        }
    }
    let is_json = is_line && calls.contains(&CallSyntax::Json) && text.starts_with(['{', '[']);
    Ok(found.or(is_json.then_some(CallSyntax::Json)))
}

/// Reads calls from the beginning of `cursor`: of `syntax`, or of any in a code block.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    progress: &mut Progress,
    syntax: CallSyntax,
    tools: &[ToolDefinition],
) -> Read<Vec<WrittenCall>> {
    Reader { cursor, progress, tools }.calls(syntax)
}

/// Reads the beginning of a code block, up to its first text that is not whitespace.
pub(super) fn read_fence(cursor: &mut Cursor<'_>) -> Read<()> {
    cursor.literal(FENCE)?;
    let is_info = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let info = cursor.rest().len() - cursor.rest().trim_start_matches(is_info).len();
    if info > MAX_HEAD {
        return Err(Stop::Fail);
    }
    cursor.at += info;
    // The name of the language may continue.
    cursor.token()?.map(drop).ok_or(Stop::Fail)
}

struct Reader<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    progress: &'c mut Progress,
    tools: &'c [ToolDefinition],
}

impl<'c> Reader<'c, '_> {
    fn calls(&mut self, syntax: CallSyntax) -> Read<Vec<WrittenCall>> {
        match syntax {
            CallSyntax::ToolCallTag => self.tool_call_tag(),
            CallSyntax::Json => self.bare(),
            CallSyntax::Mistral => self.mistral(),
            CallSyntax::PythonTag => {
                self.cursor.literal("<|python_tag|>")?;
                self.json_calls(true)
            }
            CallSyntax::FunctionTag => self.function_tag(),
            CallSyntax::DeepSeek => self.deep_seek(),
            CallSyntax::Kimi => self.kimi(),
            CallSyntax::Invoke => self.invoke(),
        }
    }

    fn tool_call_tag(&mut self) -> Read<Vec<WrittenCall>> {
        let closing = if self.cursor.eat("<tool_call>")? {
            "</tool_call>"
        } else if self.cursor.eat("<function_call>")? {
            "</function_call>"
        } else {
            self.cursor.literal("<|tool_call|>")?;
            "<|/tool_call|>"
        };
        let calls = match self.cursor.token()? {
            Some(b'{' | b'[') => self.json_calls(true)?,
            Some(b'<') => self.function_tag()?,
            _ => {
                let name = self.cursor.tool_name(self.tools)?;
                return self.xml(name, &ARG_KEY, closing);
            }
        };
        self.cursor.closing(closing)?;
        Ok(calls)
    }

    /// Reads JSON that has its lines for itself.
    fn bare(&mut self) -> Read<Vec<WrittenCall>> {
        let calls = self.json_calls(false)?;
        let rest = self.cursor.rest();
        let after = rest.trim_start_matches([' ', '\t', '\r']);
        match after.bytes().next() {
            _ if rest.len() - after.len() > MAX_SPACE => Err(Stop::Fail),
            None if !self.cursor.is_end => Err(Stop::More),
            None | Some(b'\n' | b';' | b'{' | b'[' | b'`' | b'<') => Ok(calls),
            Some(_) => Err(Stop::Fail),
        }
    }

    fn mistral(&mut self) -> Read<Vec<WrittenCall>> {
        self.cursor.literal("[TOOL_CALLS]")?;
        if let Some(b'{' | b'[') = self.cursor.token()? {
            return self.json_calls(true);
        }
        let name = self.cursor.tool_name(self.tools)?;
        self.cursor.token()?;
        let mut id = "";
        if self.cursor.eat("[CALL_ID]")? {
            id = self.cursor.until("[ARGS]", MAX_HEAD)?.trim();
        } else {
            self.cursor.eat("[ARGS]")?;
        }
        self.object(id, name)
    }

    fn function_tag(&mut self) -> Read<Vec<WrittenCall>> {
        self.cursor.literal("<function=")?;
        let name = self.cursor.tool_name(self.tools)?;
        self.cursor.literal(">")?;
        if self.cursor.token()? == Some(b'{') {
            let calls = self.object("", name)?;
            self.cursor.closing("</function>")?;
            return Ok(calls);
        }
        self.xml(name, &PARAMETER, "</function>")
    }

    fn invoke(&mut self) -> Read<Vec<WrittenCall>> {
        self.cursor.eat("<minimax:tool_call>")?;
        self.cursor.token()?;
        self.cursor.literal("<invoke name=\"")?;
        let name = self.cursor.tool_name(self.tools)?;
        self.cursor.literal("\">")?;
        self.xml(name, &NAMED_PARAMETER, "</invoke>")
    }

    fn dsml(&mut self) -> Read<Vec<WrittenCall>> {
        if !self.cursor.eat("<｜DSML｜function_calls>")? {
            self.cursor.eat("<｜DSML｜tool_calls>")?;
        }
        self.cursor.token()?;
        self.cursor.literal("<｜DSML｜invoke name=\"")?;
        let name = self.cursor.tool_name(self.tools)?;
        self.cursor.literal("\">")?;
        if self.cursor.token()? == Some(b'{') {
            let calls = self.object("", name)?;
            self.cursor.closing("</｜DSML｜invoke>")?;
            return Ok(calls);
        }
        self.xml(name, &DSML_PARAMETER, "</｜DSML｜invoke>")
    }

    fn deep_seek(&mut self) -> Read<Vec<WrittenCall>> {
        // The opening is complete, so this does not depend on what follows.
        if self.cursor.rest().starts_with("<｜DSML｜") {
            return self.dsml();
        }
        self.cursor.eat("<｜tool▁calls▁begin｜>")?;
        self.cursor.token()?;
        self.cursor.literal("<｜tool▁call▁begin｜>")?;
        let mut name = self.cursor.until("<｜tool▁sep｜>", MAX_HEAD)?.trim();
        // V3 and R1 write a type, which is always this, and then the name.
        if name == "function" && self.cursor.token()? != Some(b'{') {
            name = self.cursor.tool_name(self.tools)?;
        }
        self.cursor.token()?;
        let is_fenced = self.cursor.eat("```json")? || self.cursor.eat(FENCE)?;
        let calls = self.object("", name)?;
        if is_fenced {
            self.cursor.token()?;
            self.cursor.literal(FENCE)?;
        }
        self.cursor.closing("<｜tool▁call▁end｜>")?;
        Ok(calls)
    }

    fn kimi(&mut self) -> Read<Vec<WrittenCall>> {
        self.cursor.eat("<|tool_calls_section_begin|>")?;
        self.cursor.token()?;
        self.cursor.literal("<|tool_call_begin|>")?;
        let id = self.cursor.until("<|tool_call_argument_begin|>", MAX_HEAD)?.trim();
        let name = id.rsplit_once(':').map_or(id, |(name, _)| name);
        let name = name.strip_prefix("functions.").unwrap_or(name);
        let calls = self.object(id, name)?;
        self.cursor.closing("<|tool_call_end|>")?;
        Ok(calls)
    }

    /// Reads the JSON object that is the arguments.
    fn object(&mut self, id: &str, name: &str) -> Read<Vec<WrittenCall>> {
        self.tool(name)?;
        self.cursor.token()?;
        if !matches!(self.progress, Progress::Object(_)) {
            *self.progress = Progress::Object(JsonProgress::new(self.cursor.at));
        }
        let Progress::Object(json) = &mut *self.progress else { return Err(Stop::Fail) };
        let arguments = arguments::object(json.object(self.cursor)?).ok_or(Stop::Fail)?;
        let (id, name) = (id.to_owned(), name.to_owned());
        Ok(vec![WrittenCall { id, name, arguments, ..WrittenCall::default() }])
    }

    /// Reads a JSON value that is a call or a list of calls.
    fn json_calls(&mut self, is_marked: bool) -> Read<Vec<WrittenCall>> {
        self.cursor.token()?;
        if !matches!(self.progress, Progress::Calls(_)) {
            *self.progress = Progress::Calls(JsonCalls::new(self.cursor.at, is_marked));
        }
        let Progress::Calls(json) = &mut *self.progress else { return Err(Stop::Fail) };
        let calls = json.read(self.cursor, self.tools)?;
        if calls.is_empty() { Err(Stop::Fail) } else { Ok(calls) }
    }

    /// Reads arguments as tags, and the end marker of the call: without it, arguments may be missing.
    fn xml(&mut self, name: &str, syntax: &XmlSyntax, end: &str) -> Read<Vec<WrittenCall>> {
        if !matches!(self.progress, Progress::Xml(_)) {
            *self.progress = Progress::Xml(XmlProgress::default());
        }
        let tool = self.tool(name)?;
        let Progress::Xml(xml) = &mut *self.progress else { return Err(Stop::Fail) };
        let texts = xml.read(self.cursor, syntax)?;
        self.cursor.literal(end)?;
        let arguments = arguments::from_texts(tool, texts).ok_or(Stop::Fail)?;
        Ok(vec![WrittenCall { name: name.to_owned(), arguments, ..WrittenCall::default() }])
    }

    fn tool(&self, name: &str) -> Read<&'c ToolDefinition> {
        self.tools.iter().find(|tool| *tool.name == *name).ok_or(Stop::Fail)
    }
}
