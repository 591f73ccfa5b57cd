//! Prints the public API of a crate, one item per line, from its rustdoc JSON.
//!
//! It leaves out what follows from other lines or says little: blanket implementations, the
//! functions in implementations of traits, and auto traits, unless `Send`, `Sync` or `Unpin` is
//! missing (`impl !Send for …`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::io::{self, Write};

use public_api::tokens::Token;
use public_api::{Builder, PublicItem};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: callsign-public-api FILE.json")?;
    let api = Builder::from_rustdoc_json(&path).omit_blanket_impls(true).build()?;
    let json = serde_json::from_slice(&std::fs::read(&path)?)?;
    let text = lines(api.items(), &json).join("\n") + "\n";
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Consecutive lines of the result.
enum Block {
    Line(String),
    /// The inherent implementations of one type. They are merged and sorted, so that the result does
    /// not depend on how the source divides them.
    Inherent(BTreeMap<String, BTreeSet<String>>),
}

fn lines<'a>(items: impl Iterator<Item = &'a PublicItem>, json: &Value) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut inherent = HashMap::new();
    let mut of_traits = HashSet::new();
    // An implementation is listed with its type and with its trait. The first one is enough.
    let mut seen = HashSet::new();
    for item in items {
        let text = item.to_string();
        if is_impl(item) {
            if !is_trait_impl(item) {
                inherent.insert(item.id(), text.clone());
                if !matches!(blocks.last(), Some(Block::Inherent(_))) {
                    blocks.push(Block::Inherent(BTreeMap::new()));
                }
                if let Some(Block::Inherent(impls)) = blocks.last_mut() {
                    impls.entry(text).or_default();
                }
                continue;
            }
            of_traits.insert(item.id());
            if !is_implied(&text) && seen.insert(text.clone()) {
                blocks.push(Block::Line(text));
            }
            continue;
        }
        let parent = item.parent_id();
        if let Some(header) = parent.and_then(|id| inherent.get(&id))
            && let Some(Block::Inherent(impls)) = blocks.last_mut()
        {
            impls.entry(header.clone()).or_default().insert(text);
        } else if parent.is_some_and(|id| of_traits.contains(&id)) {
            // Associated types and constants are part of the API. The trait defines the functions.
            if (text.starts_with("pub type ") || text.starts_with("pub const "))
                && seen.insert(text.clone())
            {
                blocks.push(Block::Line(text));
            }
        } else {
            blocks.push(Block::Line(text + &detail(item, json)));
        }
    }
    let mut lines = Vec::new();
    for block in blocks {
        match block {
            Block::Line(line) => lines.push(line),
            Block::Inherent(impls) => {
                for (header, members) in impls {
                    lines.push(header);
                    lines.extend(members);
                }
            }
        }
    }
    lines
}

/// Returns what the line lacks: what a re-export of another crate is, as in
/// ` = struct callsign_types::usage::Usage`, and whether implementations need this function.
fn detail(item: &PublicItem, json: &Value) -> String {
    let inner = &json["index"][item.id().0.to_string()]["inner"];
    if inner["function"]["has_body"] == false {
        return " (required)".into();
    }
    let target = &json["paths"][inner["use"]["id"].to_string()];
    let (Some(kind), Some(path)) = (target["kind"].as_str(), target["path"].as_array()) else {
        return String::new();
    };
    let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
    format!(" = {kind} {}", path.join("::"))
}

fn is_impl(item: &PublicItem) -> bool {
    item.tokens().take(3).any(|token| *token == Token::Keyword("impl".into()))
}

/// Returns whether this is `impl … for …`, not the `for<'a>` of a bound.
fn is_trait_impl(item: &PublicItem) -> bool {
    let tokens: Vec<&Token> = item.tokens().collect();
    tokens.windows(3).any(|three| {
        matches!(three, [Token::Whitespace, Token::Keyword(word), Token::Whitespace] if word == "for")
    })
}

/// Returns whether the implementation says little: the compiler adds it to most types.
fn is_implied(text: &str) -> bool {
    let named = |name: &str| text.contains(&format!(" core::{name} for "));
    let negated = |name: &str| text.contains(&format!(" !core::{name} for "));
    let usual = ["marker::Send", "marker::Sync", "marker::Unpin", "marker::StructuralPartialEq"];
    let ignored = [
        "marker::Freeze",
        "marker::UnsafeUnpin",
        "panic::unwind_safe::RefUnwindSafe",
        "panic::unwind_safe::UnwindSafe",
    ];
    usual.into_iter().any(named) || ignored.into_iter().any(|name| named(name) || negated(name))
}
