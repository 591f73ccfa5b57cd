//! Entries and items to keep: one of each kind, with the texts that are hard to keep.

use callsign_core::journal::compact::Compaction;
use callsign_core::journal::entry::{
    AnswerFormat, Entry, FORMAT, HandedOff, RecordedReply, RecordedSpending, RecordedTool,
    RecordedVerdict, RunStarted,
};
use callsign_core::traits::store::InboxItem;
use callsign_core::words::approval::{Decision, DecisionAnswer};
use callsign_core::words::content::{Content, Part};
use callsign_core::words::error::ErrorKind;
use callsign_core::words::finish::FinishReason;
use callsign_core::words::id::{CallNumber, JournalKey};
use callsign_core::words::limits::{LimitKind, Limits};
use callsign_core::words::message::{AssistantMessage, Message, ToolCall, UserMessage};
use callsign_core::words::money::Money;
use callsign_core::words::result::{CallOutcome, LateResult};
use callsign_core::words::usage::Usage;

/// Quotes, a line break, a NUL, the edges of UTF-8 and what SQL would take for its own.
const HARD: &str = "'; --\" \\ \n\t\u{0}\u{7f}é \u{fffd}\u{10ffff} 🛫 ?1 :a @b $c %_";

/// The user saying this.
pub(super) fn said(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

/// An inbox item that says this.
pub(super) fn item(text: &str) -> InboxItem {
    InboxItem::Message { message: text.into() }
}

/// An inbox item that decides about a call.
pub(super) fn decided() -> InboxItem {
    InboxItem::Decision { decision: decision() }
}

/// An inbox item that came too late.
pub(super) fn came_late() -> InboxItem {
    InboxItem::LateResult { result: late() }
}

fn late() -> LateResult {
    let (key, tool) = (JournalKey::random(), "get_flight_info");
    let mut late = LateResult::new(key, CallNumber(0), tool, CallOutcome::Answered, HARD);
    (late.shown, late.private) = (Some(3), Some(HARD.into()));
    late
}

fn decision() -> Decision {
    let answer = DecisionAnswer::Approved { arguments: Some(HARD.to_owned()) };
    Decision::new(CallNumber(u64::MAX), HARD, answer)
}

/// One entry of each kind.
pub(super) fn every_entry() -> Vec<Entry> {
    vec![
        Entry::Created { format: FORMAT, key: JournalKey::random() },
        Entry::History {
            messages: vec![
                Message::system(HARD),
                Message::user("hello"),
                Message::Assistant(assistant()),
                Message::tool("call_1", HARD),
            ],
        },
        Entry::RunStarted(started()),
        said(HARD),
        Entry::Taken {
            upto: 3,
            messages: vec!["one".into(), UserMessage { content: parts() }],
            decisions: vec![decision()],
            late: vec![late()],
        },
        Entry::Assistant(replied()),
        Entry::Started { call: CallNumber(u64::MAX) },
        Entry::Mended { call: CallNumber(0), arguments: HARD.to_owned() },
        Entry::Judged {
            call: CallNumber(0),
            verdict: RecordedVerdict::Asked(HARD.to_owned()),
            arguments: Some("{}".to_owned()),
            spent: Some(RecordedSpending::new(Usage::new(1, 2), Money::new(0.5))),
        },
        Entry::Waiting { call: CallNumber(0), requests: Vec::new(), spent: None },
        Entry::result(CallNumber(0), CallOutcome::Unknown, parts()),
        Entry::Result {
            call: CallNumber(1),
            outcome: CallOutcome::Answered,
            content: HARD.into(),
            shown: Some(3),
            private: Some(HARD.into()),
            spent: Some(RecordedSpending::new(Usage::new(1, 2), Money::new(0.5))),
        },
        Entry::HandedOff(HandedOff::new("billing", HARD, Vec::new())),
        Entry::LimitReached { limit: LimitKind::Tokens },
        Entry::TooLong,
        Entry::Compacted {
            compaction: Compaction::Replace { before: u64::MAX, summary: HARD.to_owned() },
            spent: None,
        },
        Entry::Spent { spent: RecordedSpending::new(Usage::new(1, 2), Money::new(0.5)) },
        Entry::AnswerFormat { format: AnswerFormat::Tool },
        Entry::Rejected { reason: HARD.to_owned() },
        Entry::OutOfTime { partial_text: HARD.to_owned() },
        Entry::Failed {
            kind: ErrorKind::Limit(LimitKind::Turns),
            message: HARD.to_owned(),
            partial_text: "half a sen".to_owned(),
        },
        Entry::Cancelled { partial_text: String::new() },
    ]
}

fn assistant() -> AssistantMessage {
    let mut call = ToolCall::new("call_1", "get_flight_info", "{\"origin_city\": \"Mia");
    call.extra.insert("index".to_owned(), 0.into());
    AssistantMessage {
        text: HARD.to_owned(),
        reasoning: "because".to_owned(),
        refusal: Some(String::new()),
        tool_calls: vec![call],
        ..AssistantMessage::default()
    }
}

fn started() -> RunStarted {
    let mut tool = RecordedTool::new("get_flight_info", "0123456789abcdef");
    tool.repeatable = true;
    tool.concurrency = Some(1);
    let mut started = RunStarted::new(1_767_225_600_000, Limits::default().turns(3));
    started.instructions = Some(HARD.to_owned());
    started.tools = Some(vec![tool]);
    started
}

fn replied() -> RecordedReply {
    let mut reply = RecordedReply::new(assistant(), FinishReason::Other("so".to_owned()));
    reply.usage = Some(Usage::new(u64::MAX, 1));
    reply.response_id = Some("chatcmpl-1".to_owned());
    reply
}

fn parts() -> Content {
    vec![Part::text(HARD), Part::image_url("data:image/png;base64,AAAA")].into()
}
