//! A recording, and where in it a run begins.

use serde::Deserialize;
use serde_json::Value;

use crate::plain::plain;

#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) path: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) response_body: String,
    /// The finish reasons that the answer has.
    pub(crate) finish: Vec<String>,
}

/// How a step follows from the one before it.
#[derive(Debug)]
pub(crate) enum Follows {
    /// The loop goes on by itself, once these calls have these results (their contents) and the
    /// user has said this meanwhile.
    Loop { results: Vec<Value>, said: Vec<Value> },
    /// The user says this to an answer.
    Said(Vec<Value>),
    /// It does not follow: why.
    Not(&'static str),
}

impl Step {
    pub(crate) fn messages(&self) -> &[Value] {
        self.request["messages"].as_array().unwrap()
    }

    pub(crate) fn streams(&self) -> bool {
        self.request["stream"] == true
    }

    pub(crate) fn follows(&self, before: &Self) -> Follows {
        if before.status != 200 {
            return Follows::Not("the request before was refused");
        }
        if !before.finish.iter().any(|reason| matches!(&**reason, "stop" | "tool_calls")) {
            return Follows::Not("the reply before did not end well, so that no call of it is run");
        }
        if self.messages().iter().all(|message| message["role"] != "assistant") {
            return Follows::Not("another conversation begins");
        }
        if !plain(self.messages()).starts_with(&plain(before.messages())) {
            return Follows::Not("the recorded program changed what was said before");
        }
        let behind = &self.messages()[before.messages().len()..];
        let Some((reply, behind)) =
            behind.split_first().filter(|(reply, _)| reply["role"] == "assistant")
        else {
            return Follows::Not("the recorded program said nothing and asked again");
        };
        let calls = reply["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
        let count = behind.iter().take_while(|message| message["role"] == "tool").count();
        let (results, said) = behind.split_at(count);
        if said.iter().any(|message| message["role"] != "user") {
            return Follows::Not("a reply in between is not in the recording");
        }
        if calls.is_empty() {
            return if said.is_empty() {
                Follows::Not("the recorded program said nothing and asked again")
            } else {
                Follows::Said(said.to_vec())
            };
        }
        if self.request["tools"] != before.request["tools"] {
            return Follows::Not("the recorded program changed the tools before it went on");
        }
        if self.streams() != before.streams() {
            return Follows::Not("the recorded program streamed the one and not the other");
        }
        let mut results = results.to_vec();
        let ordered = calls.iter().filter_map(|call| {
            let at = results.iter().position(|result| result["tool_call_id"] == call["id"])?;
            Some(results.remove(at)["content"].take())
        });
        let ordered: Vec<_> = ordered.collect();
        if ordered.len() != calls.len() || !results.is_empty() {
            return Follows::Not("not every call has one result in the recording");
        }
        Follows::Loop { results: ordered, said: said.to_vec() }
    }
}
