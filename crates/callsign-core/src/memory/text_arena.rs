//! An append-only arena for the texts of a journal.

/// The bytes after which a block is complete.
const BLOCK: usize = 8 * 1024;

/// The bytes that are reserved at least.
const STEP: usize = 256;

/// An append-only arena for texts.
///
/// One allocation for many texts avoids the allocator's overhead per text. Blocks of limited size
/// keep a growing allocation from being copied again and again.
#[derive(Debug, Default)]
pub(super) struct TextArena {
    /// The complete blocks, each with its start position.
    full: Vec<(u32, Box<str>)>,
    /// The start position of the newest block.
    start: u32,
    newest: String,
}

/// The position and length of a text in a [`TextArena`], in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextRange {
    start: u32,
    length: u32,
}

impl TextArena {
    /// Appends the concatenation of `parts`; `None` if the arena would exceed 4 GiB.
    pub(super) fn push(&mut self, parts: &[&str]) -> Option<TextRange> {
        let length = u32::try_from(parts.iter().map(|part| part.len()).sum::<usize>()).ok()?;
        let start = self.start.checked_add(u32::try_from(self.newest.len()).ok()?)?;
        start.checked_add(length)?;
        let needed = self.newest.len() + length as usize;
        if needed > self.newest.capacity() {
            // Not doubled, because most conversations stay unchanged for longer than they grow.
            self.newest.reserve_exact(length as usize + (self.newest.len() / 8).max(STEP));
        }
        parts.iter().for_each(|part| self.newest.push_str(part));
        if self.newest.len() >= BLOCK {
            let full = std::mem::take(&mut self.newest).into_boxed_str();
            self.full.push((self.start, full));
            self.start = start + length;
        }
        Some(TextRange { start, length })
    }

    /// Returns the text at this range.
    pub(super) fn get(&self, range: TextRange) -> &str {
        let (block, block_start) = if range.start >= self.start {
            (&*self.newest, self.start)
        } else {
            let after = self.full.partition_point(|(start, _)| *start <= range.start);
            match after.checked_sub(1).and_then(|at| self.full.get(at)) {
                Some((start, block)) => (&**block, *start),
                None => return "",
            }
        };
        let start = (range.start - block_start) as usize;
        block.get(start..start + range.length as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_returned_unchanged() {
        let mut texts = TextArena::default();
        let written: Vec<String> = (0..3_000)
            .map(|n| match n % 5 {
                0 => String::new(),
                1 => "ü".repeat(n),
                _ => format!("text {n}"),
            })
            .collect();
        let mut ranges = Vec::new();
        for text in &written {
            let (front, back) = text.split_at(text.len() / 2 / 2 * 2);
            ranges.extend(texts.push(&[front, back]));
        }
        let read: Vec<&str> = ranges.iter().map(|range| texts.get(*range)).collect();
        assert_eq!(read, written);
        assert!(texts.full.len() > 10, "{}", texts.full.len());
    }

    #[test]
    fn unused_capacity_is_small() {
        let mut texts = TextArena::default();
        let mut written = 0;
        for n in 0..200 {
            texts.push(&["0123456789abcdef"; 64]);
            written += 1024;
            let full: usize = texts.full.iter().map(|(_, block)| block.len()).sum();
            let capacity = full + texts.newest.capacity();
            assert!(capacity <= written + BLOCK / 8 + STEP, "{n}: {written} in {capacity}");
        }
    }
}
