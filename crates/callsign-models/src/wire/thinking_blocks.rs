//! Claude's thinking blocks, as LiteLLM streams them.

use std::borrow::Cow;

use serde_json::Value;

/// Joins the pieces of each block: a block ends with its signature, which comes in the last piece.
pub(super) fn joined(blocks: &Value) -> Cow<'_, Value> {
    let Some(pieces) = blocks.as_array() else { return Cow::Borrowed(blocks) };
    let mut whole: Vec<Value> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match whole.last_mut() {
            Some(open) if is_open(open) && is_thinking(piece) => extend(open, piece),
            _ => whole.push(piece.clone()),
        }
    }
    Cow::Owned(Value::Array(whole))
}

fn is_thinking(block: &Value) -> bool {
    block["type"] == "thinking"
}

/// Returns whether more of the block may follow.
fn is_open(block: &Value) -> bool {
    is_thinking(block) && block["signature"].as_str().is_none_or(str::is_empty)
}

fn extend(block: &mut Value, piece: &Value) {
    let text = |block: &Value| block["thinking"].as_str().unwrap_or_default().to_owned();
    block["thinking"] = Value::from(text(block) + &text(piece));
    if let Some(signature) = piece.get("signature") {
        block["signature"] = signature.clone();
    }
}
