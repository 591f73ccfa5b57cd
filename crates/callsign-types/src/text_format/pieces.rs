//! What the parser makes of a text.

/// A part of a response's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Reasoning(String),
    Call(WrittenCall),
}

/// A call that was written as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WrittenCall {
    pub(super) id: String,
    pub(super) name: String,
    /// The arguments' JSON text, an object.
    pub(super) arguments: String,
    /// The text of the call, if it is the first one of its text.
    pub(super) text: String,
}

/// Adds text to the pieces. Neighbors are joined.
pub(super) fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// Adds reasoning to the pieces. Neighbors are joined.
pub(super) fn push_reasoning(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Reasoning(last)) => last.push_str(text),
        _ => pieces.push(Piece::Reasoning(text.to_owned())),
    }
}
