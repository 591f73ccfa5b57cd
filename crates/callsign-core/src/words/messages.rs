//! A list of settled messages that is cheap to hand on.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::message::Message;
use super::notes::Notes;

/// The messages of a conversation, in order.
///
/// A clone shares the messages: handing a long history to a model copies nothing. Pushing to a
/// list that is not shared at that moment copies nothing either.
///
/// A model can leave a note with a list, such as the text in which it sent it, and takes it up
/// again when the list comes back longer: see [`leave_note`](Self::leave_note).
#[derive(Clone, Default)]
pub struct Messages(Arc<Vec<Arc<Settled>>>);

/// A message of a list. Lists share it only where all the messages before it are the same, so
/// that what is noted here holds for the list up to here.
struct Settled {
    message: Message,
    notes: Notes,
}

impl Settled {
    fn new(message: Message) -> Arc<Self> {
        Arc::new(Self { message, notes: Notes::default() })
    }
}

impl Messages {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message at the end.
    pub fn push(&mut self, message: Message) {
        Arc::make_mut(&mut self.0).push(Settled::new(message));
    }

    /// Leaves out all but so many of the oldest.
    pub(crate) fn truncate(&mut self, length: usize) {
        Arc::make_mut(&mut self.0).truncate(length);
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// The message at a position, counted from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Message> {
        self.0.get(at).map(|settled| &settled.message)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Message> {
        self.0.last().map(|settled| &settled.message)
    }

    /// Leaves a note with these messages, at the newest of them. An empty list keeps none.
    ///
    /// It is shared with the clones of the list, and found again by [`take_note`](Self::take_note)
    /// in whatever the list or a clone has grown into. The list of a run forgets its notes when
    /// the run ends, and none is ever kept in a store or compared.
    pub fn leave_note(&self, note: Box<impl Any + Send>) {
        if let Some(settled) = self.0.last() {
            settled.notes.leave(note);
        }
    }

    /// Takes the newest note of this type that fits, and tells with how many of these messages,
    /// counted from the oldest, it was left.
    pub fn take_note<T: Any>(&self, fits: impl Fn(&T) -> bool) -> Option<(usize, Box<T>)> {
        let mut newest_first = self.0.iter().enumerate().rev();
        newest_first.find_map(|(at, settled)| Some((at + 1, settled.notes.take(&fits)?)))
    }

    /// Drops all notes.
    pub(crate) fn forget_notes(&self) {
        self.0.iter().for_each(|settled| settled.notes.forget());
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl PartialEq for Messages {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.iter().eq(other)
    }
}

impl<'a> IntoIterator for &'a Messages {
    type Item = &'a Message;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter(self.0.iter())
    }
}

/// The messages of a list, oldest first.
#[derive(Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, Arc<Settled>>);

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Message;

    fn next(&mut self) -> Option<&'a Message> {
        self.0.next().map(|settled| &settled.message)
    }

    fn nth(&mut self, at: usize) -> Option<&'a Message> {
        self.0.nth(at).map(|settled| &settled.message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|settled| &settled.message)
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FromIterator<Message> for Messages {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        Self(Arc::new(messages.into_iter().map(Settled::new).collect()))
    }
}

impl From<Vec<Message>> for Messages {
    fn from(messages: Vec<Message>) -> Self {
        messages.into_iter().collect()
    }
}

impl Extend<Message> for Messages {
    fn extend<I: IntoIterator<Item = Message>>(&mut self, messages: I) {
        Arc::make_mut(&mut self.0).extend(messages.into_iter().map(Settled::new));
    }
}

impl Serialize for Messages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Message>::deserialize(deserializer).map(Self::from)
    }
}
