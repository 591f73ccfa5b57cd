//! What to answer: calls, the wording of results, a question, or plain talk.

mod forced;
mod wording;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::choose::Catalogue;
use super::dates::Almanac;
use super::findings::{self, Finding};
use super::plan::{Want, plan};
use super::request::{Call, ChatRequest, Message, ToolChoice, digest};
use super::schema::{OfferedTool, lacks};

/// How many earlier messages of the user are looked at for what a follow-up leaves out.
const REMEMBERED: usize = 8;

/// An answer before it is cut and written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Text(String),
    Calls(Vec<Call>),
}

/// Decides on the answer to a request.
pub(super) fn answer(request: &ChatRequest) -> Answer {
    let turn = Turn::read(request);
    let calls = match &request.tool_choice {
        ToolChoice::Never => Vec::new(),
        ToolChoice::Free => turn.due(),
        ToolChoice::Required => turn.forced(None),
        ToolChoice::Named(name) => turn.forced(Some(name)),
    };
    if calls.is_empty() {
        return Answer::Text(turn.text());
    }
    let shown = if request.parallel { calls.len() } else { 1 };
    let mut taken = request.ids.clone();
    let named = calls.into_iter().take(shown).enumerate().map(|(number, (name, arguments))| {
        let id = fresh_id(request.digest, number, &mut taken);
        Call { id, name, arguments: Value::Object(arguments) }
    });
    Answer::Calls(named.collect())
}

type Planned = (String, Map<String, Value>);

/// The open turn: what the user asked for, and what has been done about it.
struct Turn<'a> {
    request: &'a ChatRequest,
    message: &'a str,
    catalogue: Catalogue,
    almanac: Almanac,
    wants: Vec<Want>,
    made: Vec<&'a Call>,
    findings: Vec<Finding<'a>>,
}

impl<'a> Turn<'a> {
    fn read(request: &'a ChatRequest) -> Self {
        let instructions: Vec<&str> = request
            .messages
            .iter()
            .filter_map(|message| match message {
                Message::Instructions(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let almanac = Almanac::read(&instructions.join("\n"));
        let catalogue = Catalogue::new(request.tools.clone());
        let said: Vec<&str> = request
            .messages
            .iter()
            .filter_map(|message| match message {
                Message::User { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let mut memory: Option<Want> = None;
        let mut wants = Vec::new();
        for message in &said[said.len().saturating_sub(REMEMBERED + 1)..] {
            wants = plan(message, &catalogue, memory.as_ref(), &almanac);
            memory = wants.last().cloned().or(memory);
        }
        let made = request.turn().iter().filter_map(|message| match message {
            Message::Assistant(calls) => Some(calls),
            _ => None,
        });
        let mut turn = Self {
            request,
            message: said.last().copied().unwrap_or_default(),
            catalogue,
            almanac,
            wants,
            made: made.flatten().collect(),
            findings: findings::of(&request.messages),
        };
        turn.look_up();
        turn
    }

    /// What the open turn has found out so far.
    fn found(&self) -> &[Finding<'a>] {
        &self.findings[self.findings.len() - self.count_found()..]
    }

    fn count_found(&self) -> usize {
        self.request
            .turn()
            .iter()
            .filter(|message| matches!(message, Message::Result { .. }))
            .count()
    }

    /// Takes what is missing from results: those of this turn for a later part, earlier ones where the user points back.
    fn look_up(&mut self) {
        let fresh = self.findings.len() - self.count_found();
        for number in 0..self.wants.len() {
            let want = &self.wants[number];
            if want.missing.is_empty() || !(want.points || number > 0) {
                continue;
            }
            let source = if number > 0 { &self.findings[fresh..] } else { &self.findings[..fresh] };
            let tool = &self.catalogue.tools[want.tool];
            let mut args = want.args.clone();
            for param in tool
                .parameters
                .iter()
                .filter(|param| param.required && !want.args.contains_key(&param.name))
            {
                if let Some(value) = findings::value(source, param, want.ordinal, number > 0) {
                    args.insert(param.name.clone(), value);
                }
            }
            let missing = lacks(&tool.parameters, &args);
            self.wants[number] = Want { args, missing, ..self.wants[number].clone() };
        }
    }

    fn tool(&self, want: &Want) -> &OfferedTool {
        &self.catalogue.tools[want.tool]
    }

    /// The calls that are planned, complete and not made yet.
    fn due(&self) -> Vec<Planned> {
        let mut calls = Vec::new();
        for want in self.wants.iter().filter(|want| want.missing.is_empty()) {
            let name = &self.tool(want).name;
            let planned = self.wants.iter().filter(|other| other.tool == want.tool).count();
            let made = self.made.iter().filter(|call| call.name == *name).count();
            let due = calls.iter().filter(|(other, _): &&Planned| other == name).count();
            if made + due < planned && !self.was_made(name, &want.args) {
                calls.push((name.clone(), want.args.clone()));
            }
        }
        calls
    }

    fn was_made(&self, name: &str, args: &Map<String, Value>) -> bool {
        self.made.iter().any(|call| call.name == name && call.arguments.as_object() == Some(args))
    }
}

/// An id of nine letters and digits that the conversation doesn't have yet.
fn fresh_id(seed: u64, number: usize, taken: &mut HashSet<String>) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0_u64..)
        .map(|attempt| {
            let mut hash = digest(&format!("{seed}/{number}/{attempt}"));
            let mut letter = || {
                let letter = LETTERS[usize::try_from(hash % 62).unwrap_or(0)];
                hash /= 62;
                char::from(letter)
            };
            (0..9).map(|_| letter()).collect::<String>()
        })
        .find(|id| taken.insert(id.clone()))
        .unwrap_or_default()
}
