//! Server-sent events, decoded from bytes as they come.
//!
//! It keeps to the interpretation of an event stream in the HTML standard (section 9.2.6):
//! CRLF, CR and LF end a line, one byte order mark is passed over, and what is open at the end
//! of the stream is never dispatched. Lines are cut before they are read as UTF-8, so a
//! character may be split anywhere.

use memchr::memchr2;

/// The most bytes that one event may have; a service that goes beyond is not believed.
pub(crate) const MOST_BYTES: usize = 32 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An event that is longer than is believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Takes bytes in pieces of any size and gives whole events.
#[derive(Debug, Default)]
pub(crate) struct SseDecoder {
    /// The start of a line whose end has not come yet.
    line: Vec<u8>,
    name: String,
    data: Vec<u8>,
    /// Whether a line has been read already: only the first can begin with a mark.
    started: bool,
    /// Whether the last byte was a CR, so that an LF right after it ends no further line.
    after_cr: bool,
}

impl SseDecoder {
    /// Takes the next bytes; `take` gets the name and the data of each event that they complete.
    /// An event without a name is a `message`.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(&str, &str),
    ) -> Result<(), TooLong> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            if self.line.is_empty() {
                self.read(line, &mut take);
            } else {
                self.line.extend_from_slice(line);
                let mut line = std::mem::take(&mut self.line);
                self.read(&line, &mut take);
                line.clear();
                self.line = line;
            }
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => rest,
            };
            self.after_cr = rest == b"\r";
            if self.data.len() > MOST_BYTES {
                return Err(TooLong);
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > MOST_BYTES { Err(TooLong) } else { Ok(()) }
    }

    fn read(&mut self, mut line: &[u8], take: &mut impl FnMut(&str, &str)) {
        if !self.started {
            self.started = true;
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch(take);
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
            // A comment has an empty field name; `id` and `retry` are for reconnecting, which
            // a reply of a model cannot do.
            _ => {}
        }
    }

    fn dispatch(&mut self, take: &mut impl FnMut(&str, &str)) {
        // The last line break is not part of the data, and without data there is no event.
        if self.data.pop().is_some() {
            let name = if self.name.is_empty() { "message" } else { &self.name };
            match std::str::from_utf8(&self.data) {
                Ok(data) => take(name, data),
                Err(_) => take(name, &String::from_utf8_lossy(&self.data)),
            }
        }
        self.name.clear();
        self.data.clear();
    }
}

#[cfg(test)]
mod tests;
