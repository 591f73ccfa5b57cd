//! Sample entries and inbox items: one of each kind, with text that is easy to corrupt.

use callsign_types::approval::{ApprovalDecision, Decision};
use callsign_types::content::{Content, Part};
use callsign_types::error::ErrorKind;
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::{CallIndex, JournalKey};
use callsign_types::journal::compaction::Compaction;
use callsign_types::journal::entry::{
    Entry, FORMAT, HandedOff, OutputMode, RecordedReply, RecordedSpending, RecordedTool,
    RecordedVerdict, RunStarted,
};
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::message::{AssistantMessage, Message, ToolCall, UserMessage};
use callsign_types::pricing::Cost;
use callsign_types::tool_status::{LateToolResult, ToolCallStatus};
use callsign_types::traits::store::InboxItem;
use callsign_types::usage::Usage;
use serde_json::json;

/// Quotes, line breaks, a NUL, boundary characters of UTF-8, and SQL syntax.
const HARD_TEXT: &str = "'; --\" \\ \n\t\u{0}\u{7f}é \u{fffd}\u{10ffff} 🛫 ?1 :a @b $c %_";

pub(super) fn user_entry(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

pub(super) fn message_item(text: &str) -> InboxItem {
    InboxItem::Message { message: text.into() }
}

pub(super) fn decision_item() -> InboxItem {
    InboxItem::Decision { decision: decision() }
}

pub(super) fn late_result_item() -> InboxItem {
    InboxItem::LateToolResult { result: late_result() }
}

fn late_result() -> LateToolResult {
    let (key, tool) = (JournalKey::random(), "get_flight_info");
    let mut late = LateToolResult::new(key, CallIndex(0), tool, ToolCallStatus::Success, HARD_TEXT);
    (late.shown, late.metadata) = (Some(3), Some(HARD_TEXT.into()));
    late
}

fn decision() -> Decision {
    let decision = ApprovalDecision::Approved { arguments: Some(HARD_TEXT.to_owned()) };
    Decision::new(CallIndex(u64::MAX), HARD_TEXT, decision)
}

/// Returns one entry of each kind.
pub(super) fn every_entry() -> Vec<Entry> {
    vec![
        Entry::Created { format: FORMAT, key: JournalKey::random() },
        Entry::History {
            messages: vec![
                Message::system(HARD_TEXT),
                Message::user("hello"),
                Message::Assistant(assistant()),
                Message::tool("call_1", HARD_TEXT),
            ],
        },
        Entry::RunStarted(run_started()),
        user_entry(HARD_TEXT),
        Entry::InboxDrained {
            upto: 3,
            messages: vec!["one".into(), UserMessage::new(parts())],
            decisions: vec![decision()],
            late: vec![late_result()],
        },
        Entry::Assistant(recorded_reply()),
        Entry::Started { call: CallIndex(u64::MAX) },
        Entry::ArgumentsRepaired { call: CallIndex(0), arguments: HARD_TEXT.to_owned() },
        Entry::PolicyDecided {
            call: CallIndex(0),
            verdict: RecordedVerdict::Asked(HARD_TEXT.to_owned()),
            arguments: Some("{}".to_owned()),
            spent: Some(RecordedSpending::new(Usage::new(1, 2), Cost::new(0.5))),
        },
        Entry::AwaitingApproval { call: CallIndex(0), requests: Vec::new(), spent: None },
        Entry::result(CallIndex(0), ToolCallStatus::Unknown, parts()),
        Entry::Result {
            call: CallIndex(1),
            status: ToolCallStatus::Success,
            content: HARD_TEXT.into(),
            shown: Some(3),
            metadata: Some(HARD_TEXT.into()),
            spent: Some(RecordedSpending::new(Usage::new(1, 2), Cost::new(0.5))),
        },
        Entry::HandedOff(HandedOff::new("billing", HARD_TEXT, Vec::new())),
        Entry::LimitReached { limit: LimitKind::Tokens },
        Entry::ContextOverflow,
        Entry::Compacted {
            compaction: Compaction::Replace { before: u64::MAX, summary: HARD_TEXT.to_owned() },
            spent: None,
        },
        Entry::UsageRecorded { spent: RecordedSpending::new(Usage::new(1, 2), Cost::new(0.5)) },
        Entry::OutputModeChanged { format: OutputMode::Tool },
        Entry::OutputRejected { reason: HARD_TEXT.to_owned() },
        Entry::TimedOut { partial_text: HARD_TEXT.to_owned() },
        Entry::Failed {
            kind: ErrorKind::Limit(LimitKind::Turns),
            message: HARD_TEXT.to_owned(),
            partial_text: "half a sen".to_owned(),
        },
        Entry::Cancelled { partial_text: String::new() },
    ]
}

fn assistant() -> AssistantMessage {
    let mut call = ToolCall::new("call_1", "get_flight_info", "{\"origin_city\": \"Mia");
    call.extra.insert("index".to_owned(), 0.into());
    let mut message = AssistantMessage::new(HARD_TEXT).with_tool_calls([call]);
    message.reasoning = "because".to_owned();
    message.refusal = Some(String::new());
    message
}

fn run_started() -> RunStarted {
    let mut tool = RecordedTool::new("get_flight_info", "0123456789abcdef");
    tool.parameters = Some(json!({"type": "object", "properties": {"to": {"type": "string"}}}));
    tool.coerce = true;
    tool.repeatable = true;
    tool.concurrency = Some(1);
    let mut started = RunStarted::new(1_767_225_600_000, Limits::default().max_turns(3));
    started.instructions = Some(HARD_TEXT.to_owned());
    started.tools = Some(vec![tool]);
    started
}

fn recorded_reply() -> RecordedReply {
    let mut reply = RecordedReply::new(assistant(), FinishReason::Other("so".to_owned()));
    reply.usage = Some(Usage::new(u64::MAX, 1));
    reply.response_id = Some("chatcmpl-1".to_owned());
    reply
}

fn parts() -> Content {
    vec![Part::text(HARD_TEXT), Part::image_url("data:image/png;base64,AAAA")].into()
}
