//! Resolves "there" and "back" to places of an earlier call.

use std::ops::Range;

use serde_json::Value;

use super::PlannedCall;
use crate::language::entities::Sentence;
use crate::language::tokenizer::TokenKind;
use crate::tools::ranking::ToolIndex;
use crate::tools::schema::Role;

/// Replaces "there" or "back" among the tokens `within` by the places of `call`. `None` if there is nothing to replace.
pub(super) fn resolve_places(
    sentence: &Sentence,
    tool_index: &ToolIndex,
    call: &PlannedCall,
    within: Range<usize>,
) -> Option<Sentence> {
    let value = |role: Role| {
        let param = tool_index.tools[call.tool].with_role(role)?;
        call.args.get(&param.name).and_then(Value::as_str)
    };
    let (origin, destination) = (value(Role::Origin), value(Role::Destination));
    let tokens = &sentence.tokens;
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let before = |at: usize| at.checked_sub(1).map_or("", word);
    let there = within.clone().find(|at| {
        let next = word(at + 1);
        // "there is", "are there any".
        let is_existential =
            matches!(before(*at), "is" | "are") || matches!(next, "is" | "are" | "a" | "any");
        let is_last = tokens.get(at + 1).is_none_or(|token| token.kind == TokenKind::Punctuation);
        word(*at) == "there" && (is_last || !is_existential)
    });
    if let (Some(at), Some(place)) = (there, destination.or_else(|| value(Role::Place)).or(origin))
    {
        let has_preposition =
            matches!(before(at), "from" | "to" | "in" | "of" | "at" | "for" | "near");
        let phrase = if has_preposition { place.to_owned() } else { format!("in {place}") };
        return Some(sentence.with_replaced_token(at, &phrase));
    }
    let (origin, destination) = (origin?, destination?);
    let back = within.clone().find(|at| {
        (word(*at) == "back" && !matches!(word(at + 1), "to" | "from" | "me"))
            || (word(*at) == "return" && matches!(word(at + 1), "flight" | "flights" | "trip"))
    });
    back.map(|at| sentence.with_replaced_token(at, &format!("from {destination} to {origin}")))
}
