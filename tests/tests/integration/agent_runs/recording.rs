//! Recorded runs, and how their steps follow from each other.

use serde::Deserialize;
use serde_json::Value;

use crate::agent_runs::normalize::normalize;

/// A recorded run.
#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) path: String,
    pub(crate) steps: Vec<Step>,
}

/// A recorded request and its response.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) response_body: String,
    /// The finish reasons of the response.
    pub(crate) finish: Vec<String>,
}

/// How a step follows from the previous one.
#[derive(Debug)]
pub(crate) enum Transition {
    /// The next turn of a run: the contents of the results, in the order of the calls, and the
    /// messages that the user sent during the calls.
    NextTurn { results: Vec<Value>, messages: Vec<Value> },
    /// A new run of the conversation with these messages.
    NextRun(Vec<Value>),
    /// The step does not follow from the previous one, for this reason.
    Restart(&'static str),
}

impl Step {
    pub(crate) fn messages(&self) -> &[Value] {
        self.request["messages"].as_array().unwrap()
    }

    pub(crate) fn streams(&self) -> bool {
        self.request["stream"] == true
    }

    /// Returns how this step follows from `previous`.
    pub(crate) fn transition_from(&self, previous: &Self) -> Transition {
        if previous.status != 200 {
            return Transition::Restart("the previous request failed");
        }
        if !previous.finish.iter().any(|reason| matches!(&**reason, "stop" | "tool_calls")) {
            return Transition::Restart(
                "the previous response is incomplete, so its calls do not run",
            );
        }
        if self.messages().iter().all(|message| message["role"] != "assistant") {
            return Transition::Restart("a new conversation starts");
        }
        if !normalize(self.messages()).starts_with(&normalize(previous.messages())) {
            return Transition::Restart("the recorded program changed earlier messages");
        }
        let added = &self.messages()[previous.messages().len()..];
        let Some((response, added)) =
            added.split_first().filter(|(first, _)| first["role"] == "assistant")
        else {
            return Transition::Restart("the recorded program added no message");
        };
        let calls = response["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
        let count = added.iter().take_while(|message| message["role"] == "tool").count();
        let (results, messages) = added.split_at(count);
        if messages.iter().any(|message| message["role"] != "user") {
            return Transition::Restart("a response is missing in the recording");
        }
        if calls.is_empty() {
            return if messages.is_empty() {
                Transition::Restart("the recorded program added no message")
            } else {
                Transition::NextRun(messages.to_vec())
            };
        }
        if self.request["tools"] != previous.request["tools"] {
            return Transition::Restart("the recorded program changed its tools");
        }
        if self.streams() != previous.streams() {
            return Transition::Restart("the recorded program streamed only one of the requests");
        }
        let mut results = results.to_vec();
        let ordered = calls.iter().filter_map(|call| {
            let index = results.iter().position(|result| result["tool_call_id"] == call["id"])?;
            Some(results.remove(index)["content"].take())
        });
        let ordered: Vec<_> = ordered.collect();
        if ordered.len() != calls.len() || !results.is_empty() {
            return Transition::Restart("the recording does not have one result per call");
        }
        Transition::NextTurn { results: ordered, messages: messages.to_vec() }
    }
}
