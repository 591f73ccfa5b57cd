//! No call runs from a response that may be incomplete.
//!
//! Finish reasons come early, late, twice, in any spelling or not at all, and the connection ends in
//! every way. A tool without `read_only` runs only if the provider has ended the response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign::middleware::RetryPolicy;
use callsign::model::Profile;
use callsign::prelude::*;
use callsign::testing::{FaultAt, FaultReply, FaultServer};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Books the flight.
#[tool]
async fn book(
    #[state] booked: &Arc<AtomicUsize>,
    city: Option<String>,
    input: Option<String>,
) -> String {
    booked.fetch_add(1, Ordering::Relaxed);
    format!("Booked to {:?}.", city.or(input))
}

/// How the connection of a streamed response ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Done,
    Closed,
    Reset,
    Broken,
    InsideEvent,
    Silent,
}

/// A response: its chunks in order, and how it ends.
#[derive(Clone, Debug)]
struct Response {
    /// The fields `finish_reason` of the chunks: text, the call's start, the rest of its arguments,
    /// and the chunks after it. `None` omits the field.
    reasons: Vec<Option<Value>>,
    /// The number of chunks that are sent. The call is complete after three.
    sent: usize,
    end: End,
    streamed: bool,
    /// Whether the start of the call has no arguments. It is a call without arguments if nothing
    /// follows.
    starts_blank: bool,
    /// Whether a streamed call is that of a custom tool, whose text input shows no end.
    is_custom: bool,
    /// Whether the profile lets the end of file end a response.
    end_of_file_ends: bool,
}

const GOOD: [&str; 5] = ["stop", "tool_calls", "STOP", "end_turn", "function_call"];
const CUT: [&str; 8] = [
    "length",
    "content_filter",
    "MAX_TOKENS",
    "SAFETY",
    "abort",
    "network_error",
    "cancelled",
    "MALFORMED_FUNCTION_CALL",
];
const NONE: [&str; 4] = ["", "null", "None", "undefined"];

fn reason() -> impl Strategy<Value = Option<Value>> {
    let text = |known: &'static [&'static str]| {
        prop::sample::select(known).prop_map(|reason| Some(Value::from(reason)))
    };
    prop_oneof![
        3 => text(&GOOD),
        2 => text(&CUT),
        1 => text(&NONE),
        1 => "[a-z_]{1,12}".prop_map(|reason| Some(Value::from(reason))),
        2 => Just(Some(Value::Null)),
        2 => Just(None),
    ]
}

fn response() -> impl Strategy<Value = Response> {
    // Most providers give a reason only at the end.
    let early = prop_oneof![3 => Just(None), 1 => reason()];
    let reasons = (prop::collection::vec(early, 3), prop::collection::vec(reason(), 1..4))
        .prop_map(|(early, late)| [early, late].concat());
    let end = prop_oneof![
        3 => Just(End::Done),
        3 => Just(End::Closed),
        2 => Just(End::Reset),
        3 => Just(End::Broken),
        2 => Just(End::InsideEvent),
        1 => Just(End::Silent),
    ];
    // An early reason matters most if nothing follows it.
    let sent = prop_oneof![2 => 0_usize..7, 1 => Just(2), 3 => Just(7)];
    (reasons, sent, end, prop::bool::weighted(0.8), any::<[bool; 3]>()).prop_map(
        |(reasons, sent, end, streamed, [starts_blank, is_custom, end_of_file_ends])| {
            let (sent, is_custom) = (sent.min(reasons.len()), is_custom && streamed);
            Response { reasons, sent, end, streamed, starts_blank, is_custom, end_of_file_ends }
        },
    )
}

/// Whether a reason ends a response properly, truncates it, or is none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Good,
    Cut,
    Absent,
}

fn meaning(reason: &Option<Value>) -> Meaning {
    match reason.as_ref().and_then(Value::as_str) {
        None => Meaning::Absent,
        Some(text) if NONE.contains(&text) || text == "none" => Meaning::Absent,
        Some(text) if GOOD.contains(&text) || KNOWN_GOOD.contains(&text) => Meaning::Good,
        Some(_) => Meaning::Cut,
    }
}

/// Further good reasons that a random text may hit.
const KNOWN_GOOD: [&str; 7] =
    ["stop_sequence", "eos", "eos_token", "complete", "completed", "tool_call", "tool_use"];

impl Response {
    /// Returns whether the client knows that the call is complete.
    fn is_complete(&self) -> bool {
        let sent = if self.streamed { self.sent } else { self.reasons.len() };
        let is_broken = self.end == End::Broken || self.end == End::InsideEvent;
        let is_whole = sent >= 3;
        let may_be_whole = is_whole || ((self.starts_blank || self.is_custom) && sent == 2);
        // Neither nothing nor a text shows its end.
        let is_closed = is_whole && !self.is_custom;
        if !may_be_whole || (!self.streamed && is_broken) {
            return false;
        }
        let meanings: Vec<_> = self.reasons[..sent].iter().map(meaning).collect();
        // A whole response has one reason.
        let meanings = if self.streamed { &meanings[..] } else { &meanings[sent - 1..] };
        if meanings.contains(&Meaning::Cut) {
            return false;
        }
        let ends_well = !self.streamed || matches!(self.end, End::Done | End::Closed);
        match meanings.iter().position(|meaning| *meaning == Meaning::Good) {
            // A reason before the last content was not the end, so only a proper end is one.
            Some(first) => (first >= (sent - 1).min(2) && is_closed) || ends_well,
            None => self.end_of_file_ends && ends_well && (is_closed || self.end == End::Done),
        }
    }

    fn chunks(&self) -> Vec<String> {
        let call = |fields: Value| json!({ "tool_calls": [fields] });
        let (start, rest) = ("{\"city\":", "\"Oslo\"}");
        let whole = start.to_owned() + rest;
        let (start, rest) = if self.starts_blank { ("", &*whole) } else { (start, rest) };
        let mut calls = [
            json!({ "index": 0, "id": "a", "type": "function",
                "function": { "name": "book", "arguments": start } }),
            json!({ "index": 0, "function": { "arguments": rest } }),
        ];
        if self.is_custom {
            let (start, rest) = if self.starts_blank { ("", "Oslo") } else { ("Os", "lo") };
            calls = [
                json!({ "index": 0, "id": "a", "type": "custom",
                    "custom": { "name": "book", "input": start } }),
                json!({ "index": 0, "custom": { "input": rest } }),
            ];
        }
        let text = json!({ "role": "assistant", "content": "Let me book that." });
        let [start, rest] = calls.map(call);
        let deltas = [text, start, rest];
        let deltas = deltas.into_iter().chain(std::iter::repeat(json!({})));
        let chunks = self.reasons.iter().zip(deltas).map(|(reason, delta)| {
            let mut choice = json!({ "index": 0, "delta": delta });
            if let Some(reason) = reason {
                choice["finish_reason"] = reason.clone();
            }
            json!({ "choices": [choice] }).to_string()
        });
        chunks.take(self.sent).collect()
    }

    fn reply(&self) -> FaultReply {
        if !self.streamed {
            let function = json!({ "name": "book", "arguments": "{\"city\":\"Oslo\"}" });
            let message =
                json!({ "content": "", "tool_calls": [{ "id": "a", "function": function }] });
            let mut choice = json!({ "message": message });
            if let Some(Some(reason)) = self.reasons.last() {
                choice["finish_reason"] = reason.clone();
            }
            let body = json!({ "choices": [choice] }).to_string();
            let half = FaultAt::Body(body.len() / 2);
            let reply = FaultReply::json("").body(body);
            return match self.end {
                End::Broken | End::InsideEvent => reply.close(half),
                _ => reply,
            };
        }
        let chunks = self.chunks();
        let events = chunks.iter().map(|chunk| chunk.len() + "data: \n\n".len()).sum::<usize>();
        match self.end {
            End::Done => FaultReply::events(chunks.iter().map(|it| &**it).chain(["[DONE]"])),
            End::Closed => FaultReply::events(chunks),
            End::Reset => FaultReply::events(chunks).reset(FaultAt::Body(events)),
            End::Broken => FaultReply::events(chunks).close(FaultAt::Body(events)),
            End::InsideEvent => {
                let body: String = chunks.iter().map(|it| format!("data: {it}\n\n")).collect();
                FaultReply::events([""]).body(body + "data: {\"choices\":[{\"fin")
            }
            End::Silent => FaultReply::events(chunks).hang(FaultAt::Body(events)),
        }
    }

    /// Runs an agent against a server that responds like this. Returns whether the call ran.
    async fn run(&self) -> (Result<Reply, Error>, bool) {
        let script = [self.reply(), FaultReply::stream("Done."), FaultReply::stream("Done.")];
        let server = FaultServer::start(script).await.unwrap();
        let mut profile = Profile::openai_compatible();
        profile.end_of_file_ends = self.end_of_file_ends;
        profile.stream_options = false;
        let mut model =
            ChatModel::builder(server.endpoint()).profile(profile).retry(RetryPolicy::none());
        if self.end == End::Silent {
            // The other cases end without a timeout, however slow the machine is.
            let wait = Duration::from_millis(150);
            model = model
                .first_byte_timeout(wait)
                .idle_timeout(wait)
                .end_timeout(Duration::from_millis(20));
        }
        let booked = Arc::new(AtomicUsize::new(0));
        let agent = Agent::builder(model.streaming(self.streamed).build().unwrap());
        let agent = agent.tools(tools![book]).state(booked.clone()).build().unwrap();
        let outcome = agent.run("Book it.").await;
        let booked = booked.load(Ordering::Relaxed);
        assert!(booked < 2, "{self:?} ran the call {booked} times");
        (outcome, booked == 1)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_run_only_from_complete_responses(response in response()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (outcome, ran) = runtime.block_on(response.run());
        let is_complete = response.is_complete();
        prop_assert!(is_complete || !ran, "the call ran: {outcome:?}");
        prop_assert!(is_complete || outcome.is_err() || response.sent < 3, "no error: {outcome:?}");
        // A reset may discard what was sent before it, and a slow machine may be silent for longer.
        let arrives = !response.streamed || !matches!(response.end, End::Reset | End::Silent);
        prop_assert!(!(is_complete && arrives) || ran, "the call did not run: {outcome:?}");
    }
}
