//! Detection of a complete JSON object in text that arrives in fragments.

/// Tracks the nesting of a growing JSON text. Each byte is scanned once.
#[derive(Debug, Default)]
pub(super) struct BracketTracker {
    /// How many bytes have been scanned.
    scanned: usize,
    depth: usize,
    opened: bool,
    in_string: bool,
    escaped: bool,
}

impl BracketTracker {
    /// Scans what was appended to `text` since the last call.
    pub(super) fn scan(&mut self, text: &str) {
        let new = text.as_bytes().get(self.scanned..).unwrap_or_default();
        self.scanned = text.len();
        for &byte in new {
            if self.escaped {
                self.escaped = false;
                continue;
            }
            match byte {
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    self.opened = true;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Returns whether an object or array was opened and every bracket is closed.
    pub(super) fn is_complete(&self) -> bool {
        self.opened && self.depth == 0 && !self.in_string
    }
}
