//! A list of messages that is cheap to clone.

use std::any::Any;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;
use std::vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::message::Message;
use super::message_cache::MessageCache;

/// The messages of a conversation, in order.
///
/// Clones share the messages, so that passing a long history to a model copies nothing. Pushing to
/// a list that is not shared at that moment copies nothing either.
///
/// A model can cache a value with a list, such as the request body that it sent, and reuse it
/// when the list returns longer: see [`cache`](Self::cache).
#[derive(Clone, Default)]
pub struct Messages(Arc<Vec<Arc<SharedMessage>>>);

/// A message of a list. Two lists share it only if all messages before it are the same, so that a
/// cached value is valid for the list up to here.
struct SharedMessage {
    message: Message,
    cache: MessageCache,
}

impl SharedMessage {
    fn new(message: Message) -> Arc<Self> {
        Arc::new(Self { message, cache: MessageCache::default() })
    }

    /// Returns the message, without a copy if no other list shares it.
    fn into_message(shared: Arc<Self>) -> Message {
        Arc::try_unwrap(shared).map_or_else(|shared| shared.message.clone(), |owned| owned.message)
    }
}

impl Messages {
    /// Creates an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a message.
    pub fn push(&mut self, message: Message) {
        Arc::make_mut(&mut self.0).push(SharedMessage::new(message));
    }

    /// Keeps the first `length` messages.
    #[doc(hidden)]
    pub fn truncate(&mut self, length: usize) {
        Arc::make_mut(&mut self.0).truncate(length);
    }

    /// Returns an iterator over the messages, oldest first.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// Returns the message at position `at`, counted from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Message> {
        self.0.get(at).map(|shared| &shared.message)
    }

    /// Returns the number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no messages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Message> {
        self.0.last().map(|shared| &shared.message)
    }

    /// Caches a value with the messages so far, at the newest one. An empty list drops it.
    ///
    /// Clones of the list share the value. [`take_cached`](Self::take_cached) finds it in this list
    /// and its clones, even if they have grown. A run clears the values of its list when it ends.
    /// They are never stored, serialized or compared.
    pub fn cache(&self, value: Box<impl Any + Send>) {
        if let Some(shared) = self.0.last() {
            shared.cache.insert(value);
        }
    }

    /// Removes the newest cached value of type `T` that matches `fits`. Returns it, with the
    /// number of messages that the list had when the value was cached.
    pub fn take_cached<T: Any>(&self, fits: impl Fn(&T) -> bool) -> Option<(usize, Box<T>)> {
        let mut newest_first = self.0.iter().enumerate().rev();
        newest_first.find_map(|(at, shared)| Some((at + 1, shared.cache.take(&fits)?)))
    }

    /// Removes all cached values.
    #[doc(hidden)]
    pub fn clear_cache(&self) {
        self.0.iter().for_each(|shared| shared.cache.clear());
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

impl Index<usize> for Messages {
    type Output = Message;

    /// Returns the message at position `at`, counted from 0. Panics if there is none.
    fn index(&self, at: usize) -> &Message {
        &self.0[at].message
    }
}

impl<'a> IntoIterator for &'a Messages {
    type Item = &'a Message;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter(self.0.iter())
    }
}

impl IntoIterator for Messages {
    type Item = Message;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(Arc::unwrap_or_clone(self.0).into_iter())
    }
}

/// An iterator over the messages of a list by value, oldest first. Messages that another list
/// shares are cloned.
pub struct IntoIter(vec::IntoIter<Arc<SharedMessage>>);

impl fmt::Debug for IntoIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.as_slice().iter().map(|shared| &shared.message)).finish()
    }
}

impl Iterator for IntoIter {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        self.0.next().map(SharedMessage::into_message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for IntoIter {
    fn next_back(&mut self) -> Option<Message> {
        self.0.next_back().map(SharedMessage::into_message)
    }
}

impl ExactSizeIterator for IntoIter {}

/// An iterator over the messages of a list, oldest first.
#[derive(Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, Arc<SharedMessage>>);

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Message;

    fn next(&mut self) -> Option<&'a Message> {
        self.0.next().map(|shared| &shared.message)
    }

    fn nth(&mut self, at: usize) -> Option<&'a Message> {
        self.0.nth(at).map(|shared| &shared.message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|shared| &shared.message)
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FromIterator<Message> for Messages {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        Self(Arc::new(messages.into_iter().map(SharedMessage::new).collect()))
    }
}

impl From<Vec<Message>> for Messages {
    fn from(messages: Vec<Message>) -> Self {
        messages.into_iter().collect()
    }
}

impl<const N: usize> From<[Message; N]> for Messages {
    fn from(messages: [Message; N]) -> Self {
        messages.into_iter().collect()
    }
}

impl From<Message> for Messages {
    fn from(message: Message) -> Self {
        [message].into()
    }
}

impl From<Messages> for Vec<Message> {
    fn from(messages: Messages) -> Self {
        messages.into_iter().collect()
    }
}

impl Extend<Message> for Messages {
    fn extend<I: IntoIterator<Item = Message>>(&mut self, messages: I) {
        Arc::make_mut(&mut self.0).extend(messages.into_iter().map(SharedMessage::new));
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

#[cfg(test)]
mod tests {
    use super::{Message, Messages};

    fn two() -> Messages {
        Messages::from([Message::user("Hi."), Message::assistant("Hello.")])
    }

    #[test]
    fn messages_are_indexed_by_position() {
        assert_eq!(two()[1], Message::assistant("Hello."));
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn an_index_after_the_end_panics() {
        let _ = &two()[2];
    }

    #[test]
    fn owned_and_borrowed_iteration_yield_the_same_messages() {
        let shared = two();
        let borrowed: Vec<_> = (&shared).into_iter().cloned().collect();
        assert_eq!(Vec::from(shared.clone()), borrowed);
        assert_eq!(shared, Messages::from(borrowed.clone()));
        let mut reversed: Vec<_> = shared.into_iter().rev().collect();
        reversed.reverse();
        assert_eq!(reversed, borrowed);
    }

    #[test]
    fn a_cached_value_is_found_by_a_longer_clone() {
        let list = two();
        list.cache(Box::new(7_u8));
        let mut longer = list.clone();
        longer.push(Message::user("Bye."));
        assert_eq!(longer.take_cached(|_: &u8| true), Some((2, Box::new(7))));
        assert_eq!(list.take_cached(|_: &u8| true), None);
    }
}
