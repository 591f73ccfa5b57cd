//! Whether a JSON object that comes in pieces is whole yet.

/// Follows the brackets of a JSON text, each byte once, however it is cut.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// How many bytes have been followed.
    followed: usize,
    depth: usize,
    opened: bool,
    in_string: bool,
    escaped: bool,
}

impl Shape {
    /// Follows what has been added to the text.
    pub(super) fn follow(&mut self, text: &str) {
        let new = text.as_bytes().get(self.followed..).unwrap_or_default();
        self.followed = text.len();
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

    /// Whether an object was opened and everything that was opened is closed.
    pub(super) fn is_whole(&self) -> bool {
        self.opened && self.depth == 0 && !self.in_string
    }
}
