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
    /// Before a value, after whitespace; empty if there is nothing.
    value_open: &'static str,
    /// After a value.
    value_end: &'static str,
}

/// `<parameter=key>value</parameter>`: Qwen3-Coder.
pub(super) const PARAMETER: XmlSyntax =
    XmlSyntax { open: "<parameter=", key_end: ">", value_open: "", value_end: "</parameter>" };
/// `<parameter name="key">value</parameter>`: MiniMax M2.
pub(super) const NAMED_PARAMETER: XmlSyntax = XmlSyntax {
    open: "<parameter name=\"",
    key_end: "\">",
    value_open: "",
    value_end: "</parameter>",
};
/// `<arg_key>key</arg_key><arg_value>value</arg_value>`: GLM 4.5.
pub(super) const ARG_KEY: XmlSyntax = XmlSyntax {
    open: "<arg_key>",
    key_end: "</arg_key>",
    value_open: "<arg_value>",
    value_end: "</arg_value>",
};

/// Arguments that are being read. They keep their place between two deltas.
#[derive(Debug, Default)]
pub(super) struct XmlProgress {
    texts: Vec<(String, String)>,
    /// Where the next argument begins.
    next: Option<usize>,
    /// Up to where the end of the current value was looked for.
    searched: usize,
}

impl XmlProgress {
    /// Reads arguments up to anything else, and returns their keys and values.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        syntax: &XmlSyntax,
    ) -> Read<&[(String, String)]> {
        cursor.at = *self.next.get_or_insert(cursor.at);
        loop {
            cursor.token()?;
            if !cursor.eat(syntax.open)? {
                return Ok(&self.texts);
            }
            let key = cursor.until(syntax.key_end, MAX_KEY)?.trim().to_owned();
            if !syntax.value_open.is_empty() {
                cursor.token()?;
                cursor.literal(syntax.value_open)?;
            }
            let value = self.value(cursor, syntax.value_end)?;
            self.texts.push((key, value));
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
