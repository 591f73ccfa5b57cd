//! The replay of a recording through an agent.

use std::sync::Arc;

use callsign::middleware::RetryPolicy;
use callsign::model::{Content, UserMessage, import_messages};
use callsign::store::CallIndex;
use callsign::testing::{ReplayServer, ReplayStep, check_sendable};
use callsign::{Agent, ChatModel, Conversation, Error, Limits, Message, RunBuilder, Tool};
use serde_json::Value;

use crate::agent_runs::normalize::normalize;
use crate::agent_runs::recorded_tool::{Recorded, RecordedTool};
use crate::agent_runs::recording::{Recording, Step, Transition};

/// The result of a replay.
#[derive(Default)]
pub(crate) struct Replay {
    /// The reasons for new conversations in the middle of the recording.
    pub(crate) restarts: Vec<&'static str>,
    /// The repairs of recorded histories at their import.
    pub(crate) repairs: Vec<String>,
    /// The differences from the recording.
    pub(crate) errors: Vec<String>,
}

impl Replay {
    /// Replays a recording.
    pub(crate) async fn run(recording: &Recording) -> Self {
        let mut replay = Self::default();
        let steps = &recording.steps;
        let server = start_server(steps).await;
        let mut from = 0;
        while from < steps.len() {
            let to = replay.run_conversation(&server, steps, from).await;
            if server.requests().len() != to {
                let count = server.requests().len();
                replay.errors.push(format!("{count} requests after the steps {from}..{to}"));
                break;
            }
            from = to;
        }
        for (index, (step, request)) in steps.iter().zip(server.requests()).enumerate() {
            let difference = compare(step, &request.body);
            replay.errors.extend(difference.map(|it| format!("request {index}: {it}")));
        }
        if server.unreached() != [0; 0] {
            replay.errors.push(format!("steps without a request: {:?}", server.unreached()));
        }
        replay
    }

    /// Replays the steps of one conversation, starting at `from`. Returns the end of the steps.
    async fn run_conversation(
        &mut self,
        server: &ReplayServer,
        steps: &[Step],
        from: usize,
    ) -> usize {
        let mut transitions = Vec::new();
        let mut to = from + 1;
        while to < steps.len() {
            match steps[to].transition_from(&steps[to - 1]) {
                Transition::Restart(reason) => {
                    self.restarts.push(reason);
                    break;
                }
                other => transitions.push(other),
            }
            to += 1;
        }
        match import_messages(&steps[from].request) {
            Ok(imported) => {
                let repairs = imported.report.iter().map(|(_, repair)| repair.to_string());
                self.repairs.extend(repairs);
            }
            Err(error) => self.errors.push(error.to_string()),
        }
        if let Err(error) = converse(server, &steps[from..to], transitions).await {
            self.errors.push(format!("steps {from}..{to}: {error}"));
        }
        to
    }
}

/// Starts a server with the recorded responses.
async fn start_server(steps: &[Step]) -> ReplayServer {
    let responses = steps
        .iter()
        .map(|step| ReplayStep::new(step.status, &*step.content_type, &*step.response_body));
    ReplayServer::start(responses).await.unwrap()
}

/// Runs one conversation, starting with the history of the first step.
async fn converse(
    server: &ReplayServer,
    steps: &[Step],
    transitions: Vec<Transition>,
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
    let mut next_call = calls.sum::<usize>() as u64;
    let recorded = Arc::new(Recorded::default());
    // The first step of each run, with the messages of the user.
    let mut runs = vec![(0, opening)];
    for (index, transition) in transitions.into_iter().enumerate() {
        match transition {
            Transition::NextTurn { results, messages } => {
                if !messages.is_empty() {
                    let messages = messages.iter().map(user).collect();
                    recorded.messages.lock().unwrap().insert(CallIndex(next_call), messages);
                }
                for result in results {
                    let result = content(&result);
                    recorded.results.lock().unwrap().insert(CallIndex(next_call), result);
                    next_call += 1;
                }
            }
            Transition::NextRun(messages) => {
                runs.push((index + 1, messages.iter().map(user).collect()));
            }
            Transition::Restart(_) => unreachable!("a restart ends the conversation"),
        }
    }
    let store = callsign::MemoryStore::new();
    let ends = runs.iter().skip(1).map(|(from, _)| *from).chain([steps.len()]).collect::<Vec<_>>();
    for ((from, messages), to) in runs.into_iter().zip(ends) {
        let agent = agent(server, &steps[from], &recorded).with_store(store.clone());
        let chat = agent.conversation("replayed");
        recorded.conversation.get_or_init(|| chat.clone());
        let mut run = start_run(&chat, messages).await?;
        if from == 0 {
            run = run.history(history.clone());
        }
        let result = run.await.map(|reply| reply.text().to_owned());
        check_result(&steps[to - 1], result)?;
    }
    let unused = recorded.results.lock().unwrap().len();
    if unused > 0 { Err(format!("{unused} recorded results were not used")) } else { Ok(()) }
}

/// Returns a run that sends these messages, or resumes the conversation if there are none.
async fn start_run(
    chat: &Conversation,
    mut messages: Vec<UserMessage>,
) -> Result<RunBuilder, String> {
    let Some(last) = messages.pop() else { return Ok(chat.resume()) };
    for message in messages {
        chat.enqueue(message).await.map_err(|error| error.to_string())?;
    }
    Ok(chat.send(last))
}

fn agent(server: &ReplayServer, step: &Step, recorded: &Arc<Recorded>) -> Agent {
    let model = ChatModel::builder(server.endpoint()).model("replayed").streaming(step.streams());
    // The recorded programs retried nothing.
    let model = model.retry(RetryPolicy::none());
    let definitions = step.request["tools"].as_array().into_iter().flatten();
    let tools =
        definitions.map(|it| Arc::new(RecordedTool::new(it, recorded.clone())) as Arc<dyn Tool>);
    // One of the recorded runs ends without a word.
    let limits = Limits::default().accept_empty_responses();
    Agent::builder(model.build().unwrap()).tools(tools).limits(limits).build().unwrap()
}

/// Checks that the result of a run matches its last step.
fn check_result(last: &Step, result: Result<String, Error>) -> Result<(), String> {
    let is = |reason: &str| last.finish.iter().any(|known| known == reason);
    let error = match result {
        Ok(_) if last.status == 200 => return Ok(()),
        Ok(text) => return Err(format!("expected status {}, got {text:?}", last.status)),
        Err(error) => error,
    };
    let expected = match last.status {
        // The calls of the last step have no results in the recording.
        200 if error.is_tool() => true,
        200 if is("length") => error.is_max_tokens(),
        // The body is an error instead of a response: the provider rejected the model's calls.
        200 if last.finish.is_empty() => error.is_server(),
        200 if !is("stop") && !is("tool_calls") => error.is_incomplete(),
        200 => false,
        status => error.status() == Some(status),
    };
    if expected { Ok(()) } else { Err(format!("{error:?}")) }
}

/// Returns a difference between a request and the recorded one.
fn compare(step: &Step, sent: &Value) -> Option<String> {
    let recorded = normalize(step.messages());
    let sent_messages = normalize(sent["messages"].as_array()?);
    for (index, (recorded, sent)) in recorded.iter().zip(&sent_messages).enumerate() {
        if recorded != sent {
            return Some(format!(
                "message {index}: recorded\n    {recorded:?}\n  sent\n    {sent:?}"
            ));
        }
    }
    if recorded.len() != sent_messages.len() {
        return Some(format!("sent {} messages, recorded {}", sent_messages.len(), recorded.len()));
    }
    if (sent["stream"] == true) != step.streams() {
        return Some("the `stream` flag differs".to_owned());
    }
    let tools = |request: &Value| -> Vec<(Value, Value)> {
        let tools = request["tools"].as_array().into_iter().flatten();
        let tools = tools.map(|tool| &tool["function"]);
        tools.map(|tool| (tool["name"].clone(), tool["parameters"].clone())).collect()
    };
    (tools(sent) != tools(&step.request)).then(|| "the tools differ".to_owned())
}

fn user(message: &Value) -> UserMessage {
    UserMessage::new(content(&message["content"]))
}

/// Converts a recorded content with the importer.
fn content(content: &Value) -> Content {
    let message = serde_json::json!([{ "role": "user", "content": content }]);
    match import_messages(&message).unwrap().messages.get(0) {
        Some(Message::User(message)) => message.content.clone(),
        _ => Content::default(),
    }
}
