//! A recording goes through the loop.

use std::sync::Arc;

use callsign::{
    Agent, CallNumber, ChatModel, Content, Conversation, Error, Message, ReplayServer, ReplayStep,
    Tool, Turn, UserMessage, check_sendable, import_messages,
};
use serde_json::Value;

use crate::plain::plain;
use crate::recorded_tool::{Recorded, RecordedTool};
use crate::recording::{Follows, Recording, Step};

/// How a replay went.
pub(crate) struct Replayed {
    /// Why runs were begun anew in the middle of the recording.
    pub(crate) begun_anew: Vec<&'static str>,
    /// What was repaired in the recorded histories when they were imported.
    pub(crate) repairs: Vec<String>,
    /// What is not as it was recorded.
    pub(crate) complaints: Vec<String>,
}

pub(crate) async fn replay(recording: &Recording) -> Replayed {
    let steps = &recording.steps;
    let answers = steps
        .iter()
        .map(|step| ReplayStep::new(step.status, &*step.content_type, &*step.response_body));
    let server = ReplayServer::start(answers).await.unwrap();
    let mut begun_anew = Vec::new();
    let mut repairs = Vec::new();
    let mut complaints = Vec::new();
    let mut from = 0;
    while from < steps.len() {
        let mut follows = Vec::new();
        let mut to = from + 1;
        while to < steps.len() {
            match steps[to].follows(&steps[to - 1]) {
                Follows::Not(reason) => {
                    begun_anew.push(reason);
                    break;
                }
                other => follows.push(other),
            }
            to += 1;
        }
        match import_messages(&steps[from].request) {
            Ok(imported) => repairs.extend(imported.report.iter().map(|it| it.kind.to_string())),
            Err(error) => complaints.push(error.to_string()),
        }
        if let Err(complaint) = converse(&server, &steps[from..to], follows).await {
            complaints.push(format!("steps {from}..{to}: {complaint}"));
        }
        if server.requests().len() != to {
            let asked = server.requests().len();
            complaints.push(format!("{asked} requests after the steps {from}..{to}"));
            break;
        }
        from = to;
    }
    for (at, (step, request)) in steps.iter().zip(server.requests()).enumerate() {
        complaints.extend(compare(step, &request.body).map(|it| format!("request {at}: {it}")));
    }
    if server.unreached() != [0; 0] {
        complaints.push(format!("the steps {:?} are not reached", server.unreached()));
    }
    Replayed { begun_anew, repairs, complaints }
}

/// One conversation, from a recorded history on.
async fn converse(
    server: &ReplayServer,
    steps: &[Step],
    follows: Vec<Follows>,
) -> Result<(), String> {
    let imported = import_messages(&steps[0].request).map_err(|error| error.to_string())?;
    check_sendable(&imported.messages)?;
    let mut history: Vec<Message> = imported.messages.iter().cloned().collect();
    let opening = match history.pop_if(|last| matches!(last, Message::User(_))) {
        Some(Message::User(message)) => vec![message],
        _ => Vec::new(),
    };
    let calls = history.iter().map(|message| match message {
        Message::Assistant(message) => message.tool_calls.len(),
        _ => 0,
    });
    let mut number = calls.sum::<usize>() as u64;
    let recorded = Arc::new(Recorded::default());
    // Where a run begins, with what the user says.
    let mut runs = vec![(0, opening)];
    for (at, follows) in follows.into_iter().enumerate() {
        match follows {
            Follows::Loop { results, said } => {
                if !said.is_empty() {
                    let said = said.iter().map(user).collect();
                    recorded.said.lock().unwrap().insert(CallNumber(number), said);
                }
                for result in results {
                    let result = content(&result);
                    recorded.results.lock().unwrap().insert(CallNumber(number), result);
                    number += 1;
                }
            }
            Follows::Said(said) => runs.push((at + 1, said.iter().map(user).collect())),
            Follows::Not(_) => unreachable!("it would have ended the conversation"),
        }
    }
    let store = callsign::MemoryStore::new();
    let ends = runs.iter().skip(1).map(|(from, _)| *from).chain([steps.len()]).collect::<Vec<_>>();
    for ((from, said), to) in runs.into_iter().zip(ends) {
        let agent = agent(server, &steps[from], &recorded).with_store(store.clone());
        let chat = agent.conversation("replayed");
        recorded.conversation.get_or_init(|| chat.clone());
        let mut turn = begin(&chat, said).await?;
        if from == 0 {
            turn = turn.history(history.clone());
        }
        let ended = turn.await.map(|reply| reply.text().to_owned());
        judge(&steps[to - 1], ended)?;
    }
    let left = recorded.results.lock().unwrap().len();
    if left > 0 { Err(format!("{left} recorded results were not asked for")) } else { Ok(()) }
}

async fn begin(chat: &Conversation, mut said: Vec<UserMessage>) -> Result<Turn, String> {
    let Some(last) = said.pop() else { return Ok(chat.resume()) };
    for message in said {
        chat.deliver(message).await.map_err(|error| error.to_string())?;
    }
    Ok(chat.send(last))
}

fn agent(server: &ReplayServer, step: &Step, recorded: &Arc<Recorded>) -> Agent {
    let model = ChatModel::builder(server.endpoint()).model("replayed").streaming(step.streams());
    let offered = step.request["tools"].as_array().into_iter().flatten();
    let tools =
        offered.map(|tool| Arc::new(RecordedTool::new(tool, recorded.clone())) as Arc<dyn Tool>);
    Agent::builder(model.build().unwrap()).tools(tools).build().unwrap()
}

/// Whether a run ended as its last step says.
fn judge(last: &Step, ended: Result<String, Error>) -> Result<(), String> {
    let is = |reason: &str| last.finish.iter().any(|known| known == reason);
    let error = match ended {
        Ok(_) if last.status == 200 => return Ok(()),
        Ok(text) => return Err(format!("status {} became {text:?}", last.status)),
        Err(error) => error,
    };
    let expected = match last.status {
        // The calls of the last step have no results in the recording.
        200 if error.is_tool() => true,
        200 if is("length") => error.is_length(),
        // An error that came in place of a reply.
        200 if last.finish.is_empty() => error.is_invalid_request(),
        200 if !is("stop") && !is("tool_calls") => error.is_unfinished(),
        200 => false,
        status => error.status() == Some(status),
    };
    if expected { Ok(()) } else { Err(format!("{error:?}")) }
}

/// What a request carries that the recorded one does not, or the other way about.
fn compare(step: &Step, sent: &Value) -> Option<String> {
    let (recorded, sent_messages) = (plain(step.messages()), plain(sent["messages"].as_array()?));
    for (at, (recorded, sent)) in recorded.iter().zip(&sent_messages).enumerate() {
        if recorded != sent {
            return Some(format!("message {at} was\n    {recorded:?}\n  and is\n    {sent:?}"));
        }
    }
    if recorded.len() != sent_messages.len() {
        return Some(format!("{} messages, recorded {}", sent_messages.len(), recorded.len()));
    }
    if (sent["stream"] == true) != step.streams() {
        return Some("streamed, or not, other than recorded".to_owned());
    }
    let tools = |request: &Value| -> Vec<(Value, Value)> {
        let tools = request["tools"].as_array().into_iter().flatten();
        let tools = tools.map(|tool| &tool["function"]);
        tools.map(|tool| (tool["name"].clone(), tool["parameters"].clone())).collect()
    };
    (tools(sent) != tools(&step.request)).then(|| "it offers other tools".to_owned())
}

fn user(message: &Value) -> UserMessage {
    UserMessage { content: content(&message["content"]) }
}

/// A recorded content, as import reads it.
fn content(content: &Value) -> Content {
    let message = serde_json::json!([{ "role": "user", "content": content }]);
    match import_messages(&message).unwrap().messages.get(0) {
        Some(Message::User(message)) => message.content.clone(),
        _ => Content::default(),
    }
}
