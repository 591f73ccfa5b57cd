//! Arguments as tags: `<parameter=city>Porto</parameter>`.

use super::cursor::{Cursor, Read, Stop};

/// The longest key, in bytes.
const MAX_KEY: usize = 200;

/// The tags of one notation.
#[derive(Debug)]
pub(super) struct XmlSyntax {
    /// Before a key.
    open: &'static str,
    /// After a key.
    key_end: &'static str,
    /// Whether the attribute `string` may follow the key.
    has_type: bool,
    /// Before a value, after whitespace; empty if there is nothing.
    value_open: &'static str,
    /// After a value.
    value_end: &'static str,
}

/// `<parameter=key>value</parameter>`: Qwen3-Coder.
pub(super) const PARAMETER: XmlSyntax = XmlSyntax {
    open: "<parameter=",
    key_end: ">",
    has_type: false,
    value_open: "",
    value_end: "</parameter>",
};
/// `<parameter name="key">value</parameter>`: MiniMax M2.
pub(super) const NAMED_PARAMETER: XmlSyntax = XmlSyntax {
    open: "<parameter name=\"",
    key_end: "\">",
    has_type: false,
    value_open: "",
    value_end: "</parameter>",
};
/// `<arg_key>key</arg_key><arg_value>value</arg_value>`: GLM 4.5.
pub(super) const ARG_KEY: XmlSyntax = XmlSyntax {
    open: "<arg_key>",
    key_end: "</arg_key>",
    has_type: false,
    value_open: "<arg_value>",
    value_end: "</arg_value>",
};

/// `<｜DSML｜parameter name="key" string="true">value</｜DSML｜parameter>`: DeepSeek V3.2.
pub(super) const DSML_PARAMETER: XmlSyntax = XmlSyntax {
    open: "<｜DSML｜parameter name=\"",
    key_end: "\"",
    has_type: true,
    value_open: "",
    value_end: "</｜DSML｜parameter>",
};

/// An argument as it is written.
#[derive(Clone, Debug)]
pub(super) struct WrittenArgument {
    pub(super) key: String,
    pub(super) text: String,
    /// Whether the value is a string; `None` if the tool's schema decides.
    pub(super) is_string: Option<bool>,
}

/// Arguments that are being read. They keep their place between two deltas.
#[derive(Debug, Default)]
pub(super) struct XmlProgress {
    arguments: Vec<WrittenArgument>,
    /// Where the next argument begins.
    next: Option<usize>,
    /// Up to where the end of the current value was looked for.
    searched: usize,
}

impl XmlProgress {
    /// Reads arguments up to anything else, and returns them.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        syntax: &XmlSyntax,
    ) -> Read<&[WrittenArgument]> {
        cursor.at = *self.next.get_or_insert(cursor.at);
        loop {
            cursor.token()?;
            if !cursor.eat(syntax.open)? {
                return Ok(&self.arguments);
            }
            let key = cursor.until(syntax.key_end, MAX_KEY)?.trim().to_owned();
            let is_string = if syntax.has_type { string_attribute(cursor)? } else { None };
            if !syntax.value_open.is_empty() {
                cursor.token()?;
                cursor.literal(syntax.value_open)?;
            }
            let text = self.value(cursor, syntax.value_end)?;
            self.arguments.push(WrittenArgument { key, text, is_string });
            self.next = Some(cursor.at);
        }
    }

    fn value(&mut self, cursor: &mut Cursor<'_>, end: &str) -> Read<String> {
        let text = cursor.text.as_bytes();
        let from = self.searched.max(cursor.at);
        let found = text[from..].windows(end.len()).position(|window| window == end.as_bytes());
        let Some(found) = found.map(|found| from + found) else {
            // The last bytes may be the beginning of the tag.
            self.searched = (text.len() + 1).saturating_sub(end.len()).max(from);
            return Err(if cursor.is_end { Stop::Fail } else { Stop::More });
        };
        let value = cursor.text.get(cursor.at..found).unwrap_or_default();
        cursor.at = found + end.len();
        // Templates put the value on lines of its own.
        let value = value.strip_prefix('\n').unwrap_or(value);
        Ok(value.strip_suffix('\n').unwrap_or(value).to_owned())
    }
}

/// Reads the attribute `string`, which may be missing, and the end of the tag.
fn string_attribute(cursor: &mut Cursor<'_>) -> Read<Option<bool>> {
    let is_string = if cursor.eat(" string=\"true\"")? {
        Some(true)
    } else if cursor.eat(" string=\"false\"")? {
        Some(false)
    } else {
        None
    };
    cursor.literal(">")?;
    Ok(is_string)
}
