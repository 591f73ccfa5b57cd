//! Texts without tool results: small talk, questions for missing arguments, and what the model cannot do.

use crate::language::abbreviations::first_sentence;
use crate::language::lexicon::is_function_word;
use crate::language::tokenizer::{TokenKind, tokenize};
use crate::tools::schema::OfferedTool;

const SELF_DESCRIPTION: &str =
    "I am the practice model: I follow rules and am not a language model.";

/// Returns the response to a greeting, thanks, a farewell, an acknowledgment, or a question about the model. `None` for
/// any other message.
pub(super) fn small_talk(message: &str, tools: &[OfferedTool]) -> Option<String> {
    let tokens = tokenize(message);
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.lower.as_str())
        .collect();
    let has_any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if asks_about_model(&words) {
        return Some(format!("{SELF_DESCRIPTION} {}", tool_overview(tools)));
    }
    if has_any(&["thanks", "thank", "thx", "cheers"]) && words.len() <= 8 {
        return Some("You're welcome.".to_owned());
    }
    if has_any(&["bye", "goodbye"]) && words.len() <= 4 {
        return Some("Goodbye.".to_owned());
    }
    let is_filler = |word: &&str| {
        is_function_word(word)
            || matches!(*word, "morning" | "evening" | "afternoon" | "day" | "greetings")
    };
    let is_greeting = has_any(&["hello", "hi", "hey", "greetings", "good"]);
    if (is_greeting && words.iter().all(is_filler)) || words.is_empty() {
        return Some(format!("Hello! {SELF_DESCRIPTION} {}", tool_overview(tools)));
    }
    let acknowledgments =
        ["ok", "okay", "great", "cool", "perfect", "nice", "good", "yes", "no", "fine", "sure"];
    let is_acknowledgment = words.len() <= 3
        && words.iter().all(|word| acknowledgments.contains(word) || is_function_word(word))
        && has_any(&acknowledgments);
    is_acknowledgment.then(|| "All right. What else?".to_owned())
}

fn asks_about_model(words: &[&str]) -> bool {
    let questions = [
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
    let message = words.join(" ");
    questions.iter().any(|question| message.contains(question))
        || message == "help"
        || message == "who are u"
}

/// The response to a message that no rule matches.
pub(super) fn unknown_request(tools: &[OfferedTool]) -> String {
    format!("I can't answer that. {SELF_DESCRIPTION} {}", tool_overview(tools))
}

/// The response to images and audio clips. They are named, but not interpreted.
pub(super) fn media_received(media: &[String]) -> String {
    format!("You sent {}. I can't tell what is in it. {SELF_DESCRIPTION}", join_list(media))
}

/// The response if a tool is needed but `tool_choice` is `none`.
pub(super) fn call_not_allowed(tool: &OfferedTool) -> String {
    format!(
        "I need the tool {} for that, but this request does not allow tool calls. {SELF_DESCRIPTION}",
        tool.name
    )
}

/// The question for the missing arguments of a tool.
pub(super) fn missing_arguments(tool: &OfferedTool, missing: &[String]) -> String {
    let needed: Vec<String> = missing.iter().map(|label| format!("the {label}")).collect();
    format!("I need {} to use {}. Please tell me.", join_list(&needed), tool.name)
}

/// Joins items as prose: "a", "a and b", "a, b and c".
pub(super) fn join_list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn tool_overview(tools: &[OfferedTool]) -> String {
    if tools.is_empty() {
        return "This request offers no tools, so I can only make small talk.".to_owned();
    }
    let entry = |tool: &OfferedTool| {
        let summary = first_sentence(&tool.description);
        if summary.is_empty() { tool.name.clone() } else { format!("{} ({summary})", tool.name) }
    };
    let entries: Vec<String> = tools.iter().map(entry).collect();
    format!("You can ask me to use one of these tools: {}.", entries.join("; "))
}
