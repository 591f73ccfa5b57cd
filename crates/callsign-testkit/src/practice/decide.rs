//! What to answer: calls, the wording of results, a question, or plain talk.

use serde_json::{Map, Value};

use super::chat;
use super::choose::Catalogue;
use super::dates::Almanac;
use super::fill::{Hints, fill_params};
use super::findings::{self, Finding};
use super::marks::Sentence;
use super::plan::{Want, plan};
use super::request::{AnswerShape, Call, ChatRequest, Message, ToolChoice, digest};
use super::schema::{OfferedTool, Param, Shape, blank, lacks};
use super::words;

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
                Message::User(text) => Some(text.as_str()),
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
        self.request.turn().iter().filter(|message| matches!(message, Message::Result { .. })).count()
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
            for param in tool.parameters.iter().filter(|param| param.required && !want.args.contains_key(&param.name)) {
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

    /// A call that must be made, with blanks for what the conversation doesn't give.
    fn forced(&self, name: Option<&String>) -> Vec<Planned> {
        let due: Vec<Planned> =
            self.due().into_iter().filter(|(planned, _)| name.is_none_or(|name| name == planned)).collect();
        if !due.is_empty() {
            return due;
        }
        let sentence = Sentence::read(self.message);
        let whole = 0..sentence.tokens.len();
        let hints = Hints { almanac: &self.almanac, follows: false, wanted: &[] };
        let wanted = self.wants.first().map(|want| self.tool(want));
        let best = || self.catalogue.best(&sentence, &whole, &hints).map(|choice| &self.catalogue.tools[choice.tool]);
        let tool = match name {
            Some(name) => self.catalogue.tools.iter().find(|tool| tool.name == *name),
            None => wanted.or_else(best),
        };
        let Some(tool) = tool else { return Vec::new() };
        let args = self.completed(&tool.parameters, &tool.nouns, &sentence);
        let again = self.was_made(&tool.name, &args) || (name.is_none() && !self.made.is_empty());
        if again { Vec::new() } else { vec![(tool.name.clone(), args)] }
    }

    /// Values for all that is required: said, found by tools, or blank.
    fn completed(&self, params: &[Param], nouns: &[String], sentence: &Sentence) -> Map<String, Value> {
        let hints = Hints { almanac: &self.almanac, follows: false, wanted: &[] };
        let found = self.found();
        let mut args = Map::new();
        for param in params {
            if let Some(value) = findings::value(found, param, 0, true) {
                args.insert(param.name.clone(), value);
            }
        }
        for (key, value) in fill_params(params, nouns, sentence, 0..sentence.tokens.len(), &hints).args {
            args.entry(key).or_insert(value);
        }
        complete(params, &mut args);
        args
    }

    fn text(&self) -> String {
        let sentence = Sentence::read(self.message);
        match &self.request.shape {
            AnswerShape::Text => self.plain_text(),
            AnswerShape::Object => Value::from(Map::from_iter([("answer".to_owned(), self.plain_text().into())])).to_string(),
            AnswerShape::Schema(schema) => {
                let param = Param::of_schema("answer", schema);
                match &param.shape {
                    Shape::Object(fields) => Value::Object(self.completed(fields, &[], &sentence)).to_string(),
                    _ => blank(&param).to_string(),
                }
            }
        }
    }

    fn plain_text(&self) -> String {
        let found = self.found();
        let tools = &self.catalogue.tools;
        let asks: Vec<String> = self
            .wants
            .iter()
            .filter(|want| !want.missing.is_empty())
            .map(|want| chat::ask(self.tool(want), &want.missing))
            .collect();
        if !found.is_empty() {
            let failed = found.iter().any(|finding| words::is_failure(finding.content));
            let told = words::tell(found, &self.catalogue.tools);
            return if failed || asks.is_empty() { told } else { format!("{told}\n\n{}", asks.join(" ")) };
        }
        if let Some(reply) = chat::small_talk(self.message, tools) {
            return reply;
        }
        if self.request.tool_choice == ToolChoice::Never && !self.wants.is_empty() {
            return chat::may_not_call(self.tool(&self.wants[0]));
        }
        if asks.is_empty() { chat::cannot(tools) } else { asks.join(" ") }
    }
}

/// Puts blanks where a required value is missing, also within objects.
fn complete(params: &[Param], args: &mut Map<String, Value>) {
    for param in params {
        match (&param.shape, args.get_mut(&param.name)) {
            (Shape::Object(fields), Some(Value::Object(inner))) => complete(fields, inner),
            (_, None) if param.required => {
                args.insert(param.name.clone(), blank(param));
            }
            _ => {}
        }
    }
}

/// An id of nine letters and digits that the conversation doesn't have yet.
fn fresh_id(seed: u64, number: usize, taken: &mut std::collections::HashSet<String>) -> String {
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
