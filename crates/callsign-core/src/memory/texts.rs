//! The texts of a journal, one behind the other.

/// How much is gathered before it is left as it is.
const BLOCK: usize = 8 * 1024;

/// How much room is made at the least.
const STEP: usize = 256;

/// Texts that are only ever added.
///
/// They lie together because each by itself would leave a gap behind it that nothing else fits
/// into, and in blocks because what has grown large would have to be moved to grow on.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// With the place where each begins.
    full: Vec<(u32, Box<str>)>,
    begins: u32,
    newest: String,
}

/// Where a text lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    begins: u32,
    length: u32,
}

impl Texts {
    /// Adds a text that is made of these parts; `None` where there is no more room for it.
    pub(super) fn push(&mut self, parts: &[&str]) -> Option<Place> {
        let length = u32::try_from(parts.iter().map(|part| part.len()).sum::<usize>()).ok()?;
        let begins = self.begins.checked_add(u32::try_from(self.newest.len()).ok()?)?;
        begins.checked_add(length)?;
        let missing = self.newest.len() + length as usize;
        if missing > self.newest.capacity() {
            // By little, because a conversation lies about for longer than it grows.
            self.newest.reserve_exact(length as usize + (self.newest.len() / 8).max(STEP));
        }
        parts.iter().for_each(|part| self.newest.push_str(part));
        if self.newest.len() >= BLOCK {
            let full = std::mem::take(&mut self.newest).into_boxed_str();
            self.full.push((self.begins, full));
            self.begins = begins + length;
        }
        Some(Place { begins, length })
    }

    /// The text at this place.
    pub(super) fn get(&self, place: Place) -> &str {
        let (block, begins) = if place.begins >= self.begins {
            (&*self.newest, self.begins)
        } else {
            let after = self.full.partition_point(|(begins, _)| *begins <= place.begins);
            match after.checked_sub(1).and_then(|at| self.full.get(at)) {
                Some((begins, block)) => (&**block, *begins),
                None => return "",
            }
        };
        let start = (place.begins - begins) as usize;
        block.get(start..start + place.length as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_again() {
        let mut texts = Texts::default();
        let written: Vec<String> = (0..3_000)
            .map(|n| match n % 5 {
                0 => String::new(),
                1 => "ü".repeat(n),
                _ => format!("text {n}"),
            })
            .collect();
        let mut places = Vec::new();
        for text in &written {
            let (front, back) = text.split_at(text.len() / 2 / 2 * 2);
            places.extend(texts.push(&[front, back]));
        }
        let read: Vec<&str> = places.iter().map(|place| texts.get(*place)).collect();
        assert_eq!(read, written);
        assert!(texts.full.len() > 10, "{}", texts.full.len());
    }

    #[test]
    fn little_room_is_set_aside() {
        let mut texts = Texts::default();
        let mut written = 0;
        for n in 0..200 {
            texts.push(&["0123456789abcdef"; 64]);
            written += 1024;
            let room: usize = texts.full.iter().map(|(_, block)| block.len()).sum();
            let room = room + texts.newest.capacity();
            assert!(room <= written + BLOCK / 8 + STEP, "{n}: {written} in {room}");
        }
    }
}
