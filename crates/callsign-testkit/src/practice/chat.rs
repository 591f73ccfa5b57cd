//! What the practice model says when there is nothing to tell: who it is, what it needs, what it can't do.

use super::lexicon::is_function;
use super::schema::OfferedTool;
use super::text::{Kind, tokenise};

const WHO: &str = "I am the practice model: I follow rules and am not a language model.";

/// Replies to a greeting, to thanks, and to questions about itself; nothing else.
pub(super) fn small_talk(message: &str, tools: &[OfferedTool]) -> Option<String> {
    let tokens = tokenise(message);
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .map(|token| token.lower.as_str())
        .collect();
    let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let joined = words.join(" ");
    let asks_who = [
        "who are you",
        "what are you",
        "what is your name",
        "what's your name",
        "are you a language model",
        "are you an ai",
        "are you real",
        "what can you do",
        "what do you do",
        "which tools",
        "what tools",
        "which model are you",
        "what model are you",
        "help me",
        "are you a model",
        "are you human",
        "introduce yourself",
    ];
    if asks_who.iter().any(|question| joined.contains(question))
        || joined == "help"
        || joined == "who are u"
    {
        return Some(format!("{WHO} {}", offer(tools)));
    }
    let thanks = says(&["thanks", "thank", "thx", "cheers"]);
    if thanks && words.len() <= 8 {
        return Some("You're welcome.".to_owned());
    }
    if says(&["bye", "goodbye"]) && words.len() <= 4 {
        return Some("Goodbye.".to_owned());
    }
    let filler = |word: &&str| {
        is_function(word)
            || matches!(*word, "morning" | "evening" | "afternoon" | "day" | "greetings")
    };
    let greets = says(&["hello", "hi", "hey", "greetings", "good"]);
    if (greets && words.iter().all(filler)) || words.is_empty() {
        return Some(format!("Hello! {WHO} {}", offer(tools)));
    }
    let nods =
        ["ok", "okay", "great", "cool", "perfect", "nice", "good", "yes", "no", "fine", "sure"];
    (words.len() <= 3
        && words.iter().all(|word| nods.contains(word) || is_function(word))
        && says(&nods))
    .then(|| "All right. What else?".to_owned())
}

/// Says that nothing in the rules fits the message.
pub(super) fn cannot(tools: &[OfferedTool]) -> String {
    format!("I can't answer that. {WHO} {}", offer(tools))
}

/// Says what images and audio came, and that it cannot tell what is in them.
pub(super) fn blind(media: &[String]) -> String {
    format!("You sent {}. I can't tell what is in it. {WHO}", listed(media))
}

/// Says that a call would be needed and is not allowed.
pub(super) fn may_not_call(tool: &OfferedTool) -> String {
    format!("That would take the tool {}, and this request doesn't allow a call. {WHO}", tool.name)
}

/// Asks for what a tool needs and the conversation doesn't give.
pub(super) fn ask(tool: &OfferedTool, missing: &[String]) -> String {
    let needed: Vec<String> = missing.iter().map(|label| format!("the {label}")).collect();
    format!("I need {} to use {}. Please tell me.", listed(&needed), tool.name)
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn offer(tools: &[OfferedTool]) -> String {
    if tools.is_empty() {
        return "I was given no tools here, so all I can do is talk a little.".to_owned();
    }
    let named = |tool: &OfferedTool| {
        let first = tool.description.split(['.', '\n']).next().unwrap_or_default().trim();
        if first.is_empty() { tool.name.clone() } else { format!("{} ({first})", tool.name) }
    };
    let names: Vec<String> = tools.iter().map(named).collect();
    format!("Ask for something that these tools do: {}.", names.join("; "))
}
