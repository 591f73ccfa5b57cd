//! Incremental decoder of server-sent events.
//!
//! It follows "Interpreting an event stream" in the HTML standard (section 9.2.6): CRLF, CR and LF
//! end a line, one leading byte order mark is skipped, and an event that is incomplete at the end
//! of the stream is not dispatched. Lines are split before UTF-8 decoding, so a character may be
//! split at any byte.

use memchr::memchr2;

/// The maximum size of one event, in bytes. It bounds memory if a provider sends no line breaks.
pub(crate) const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An event or a line exceeds [`MAX_EVENT_BYTES`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLong;

/// Decodes events from bytes that arrive in chunks of any size.
#[derive(Debug, Default)]
pub(crate) struct SseDecoder {
    /// The start of an incomplete line.
    line: Vec<u8>,
    name: String,
    data: Vec<u8>,
    /// Whether a line was processed. Only the first line can have a byte order mark.
    seen_line: bool,
    /// Whether the last byte was a CR. An LF right after it does not end another line.
    after_cr: bool,
}

impl SseDecoder {
    /// Decodes the next bytes. Calls `on_event` with the name and the data of each complete event.
    ///
    /// The name of an event without an `event` field is `message`.
    ///
    /// # Errors
    /// Returns [`EventTooLong`] if an event or a line exceeds [`MAX_EVENT_BYTES`].
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        mut on_event: impl FnMut(&str, &str),
    ) -> Result<(), EventTooLong> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            if self.line.is_empty() {
                self.process_line(line, &mut on_event);
            } else {
                self.line.extend_from_slice(line);
                let mut line = std::mem::take(&mut self.line);
                self.process_line(&line, &mut on_event);
                line.clear();
                self.line = line;
            }
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => rest,
            };
            self.after_cr = rest == b"\r";
            if self.data.len() > MAX_EVENT_BYTES {
                return Err(EventTooLong);
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > MAX_EVENT_BYTES { Err(EventTooLong) } else { Ok(()) }
    }

    /// Returns whether an event has begun and is not complete.
    pub(crate) fn is_inside_event(&self) -> bool {
        !self.line.is_empty() || !self.data.is_empty()
    }

    fn process_line(&mut self, mut line: &[u8], on_event: &mut impl FnMut(&str, &str)) {
        if !self.seen_line {
            self.seen_line = true;
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch(on_event);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = match colon {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // Ignored: comments, whose field name is empty, and `id` and `retry`, which are for
            // reconnecting. A response cannot be resumed.
            _ => {}
        }
    }

    fn dispatch(&mut self, on_event: &mut impl FnMut(&str, &str)) {
        // The last line break is not part of the data. Without data there is no event.
        if self.data.pop().is_some() {
            let name = if self.name.is_empty() { "message" } else { &self.name };
            match std::str::from_utf8(&self.data) {
                Ok(data) => on_event(name, data),
                Err(_) => on_event(name, &String::from_utf8_lossy(&self.data)),
            }
        }
        self.name.clear();
        self.data.clear();
    }
}

#[cfg(test)]
mod tests;
