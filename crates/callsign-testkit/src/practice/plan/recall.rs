//! "There" and "back": places that were said before.

use std::ops::Range;

use serde_json::Value;

use super::Want;
use crate::practice::choose::Catalogue;
use crate::practice::marks::Sentence;
use crate::practice::schema::Role;
use crate::practice::text::Kind;

/// Puts the places of a call where a stretch says "there" or asks for the way back; `None` where it does neither.
pub(super) fn recalled(
    sentence: &Sentence,
    catalogue: &Catalogue,
    want: &Want,
    within: Range<usize>,
) -> Option<Sentence> {
    let value = |role: Role| {
        let param = catalogue.tools[want.tool].with_role(role)?;
        want.args.get(&param.name).and_then(Value::as_str)
    };
    let (origin, destination) = (value(Role::Origin), value(Role::Destination));
    let tokens = &sentence.tokens;
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let before = |at: usize| at.checked_sub(1).map_or("", word);
    let there = within.clone().find(|at| {
        let next = word(at + 1);
        let existence =
            matches!(before(*at), "is" | "are") || matches!(next, "is" | "are" | "a" | "any");
        let last = tokens.get(at + 1).is_none_or(|token| token.kind == Kind::Break);
        word(*at) == "there" && (last || !existence)
    });
    if let (Some(at), Some(place)) = (there, destination.or_else(|| value(Role::Place)).or(origin))
    {
        let led = matches!(before(at), "from" | "to" | "in" | "of" | "at" | "for" | "near");
        let phrase = if led { place.to_owned() } else { format!("in {place}") };
        return Some(sentence.replaced(at, &phrase));
    }
    let (origin, destination) = (origin?, destination?);
    let back = within.clone().find(|at| {
        (word(*at) == "back" && !matches!(word(at + 1), "to" | "from" | "me"))
            || (word(*at) == "return" && matches!(word(at + 1), "flight" | "flights" | "trip"))
    });
    back.map(|at| sentence.replaced(at, &format!("from {destination} to {origin}")))
}
