use callsign_types::journal::entry::{OutputMode, RecordedSpending};
use callsign_types::limits::Limits;
use callsign_types::pricing::Cost;

use super::*;

fn reply() -> RecordedReply {
    let calls = vec![ToolCall::new("call_ä", "find", "{\"to\": \"Lódz\"}"); 2];
    let message = AssistantMessage::new("Grüße").with_tool_calls(calls);
    let mut reply = RecordedReply::new(message, FinishReason::ToolCalls);
    let mut usage = Usage::new(1, 2);
    (usage.cached_input_tokens, usage.reasoning_tokens) = (3, 4);
    reply.usage = Some(usage);
    (reply.response_id, reply.model) = (Some("chatcmpl-é".to_owned()), Some("m".to_owned()));
    reply
}

fn run() -> RunStarted {
    RunStarted::unchanged(7)
}

fn is_packed(entry: &Entry) -> bool {
    let mut journal = PackedJournal::default();
    journal.extend(&[Entry::Assistant(reply()), entry.clone(), Entry::Assistant(reply())]);
    let read = journal.get(0..u64::MAX);
    assert_eq!(read, [Entry::Assistant(reply()), entry.clone(), Entry::Assistant(reply())]);
    !matches!(journal.entries[1], PackedEntry::Other(_))
}

#[test]
fn common_entries_are_packed_into_few_bytes() {
    assert!(size_of::<PackedEntry>() <= 16, "{}", size_of::<PackedEntry>());
    assert!(size_of::<PackedReply>() <= 48, "{}", size_of::<PackedReply>());
    let empty = RecordedReply::new(AssistantMessage::default(), FinishReason::Missing);
    let with_id = |id: Option<&str>| {
        let mut reply = reply();
        reply.response_id = id.map(str::to_owned);
        Entry::Assistant(reply)
    };
    for entry in [
        Entry::RunStarted(run()),
        Entry::User { message: "Grüße".into() },
        Entry::Assistant(reply()),
        Entry::Assistant(empty),
        with_id(None),
        with_id(Some("")),
        Entry::Started { call: CallIndex(u64::MAX) },
        Entry::result(CallIndex(1), ToolCallStatus::Error, "No."),
    ] {
        assert!(is_packed(&entry), "{entry:?}");
    }
}

#[test]
fn responses_of_one_model_share_its_name() {
    let by_model = |name: &str| {
        let mut reply = reply();
        reply.model = Some(name.to_owned());
        Entry::Assistant(reply)
    };
    let mut journal = PackedJournal::default();
    let replies = ["a", "b", "a", "a"].map(by_model);
    journal.extend(&replies);
    assert_eq!(journal.models.len(), 2);
    assert_eq!(journal.get(0..4), replies);
    assert_eq!(journal.get(3..9), replies[3..]);
}

#[test]
fn other_entries_are_kept_unchanged() {
    let message = |change: fn(&mut AssistantMessage)| {
        let mut reply = reply();
        change(&mut reply.message);
        Entry::Assistant(reply)
    };
    let replied = |change: fn(&mut RecordedReply)| {
        let mut reply = reply();
        change(&mut reply);
        Entry::Assistant(reply)
    };
    let run = |change: fn(&mut RunStarted)| {
        let mut run = run();
        change(&mut run);
        Entry::RunStarted(run)
    };
    let result = |shown, metadata, spent| Entry::Result {
        call: CallIndex(1),
        status: ToolCallStatus::Success,
        content: "So.".into(),
        shown,
        metadata,
        spent,
    };
    for entry in [
        message(|message| message.reasoning = "because".to_owned()),
        message(|message| message.refusal = Some(String::new())),
        message(|message| _ = message.extra.insert("a".to_owned(), 1.into())),
        message(|message| _ = message.tool_calls[1].extra.insert("a".to_owned(), 1.into())),
        replied(|reply| reply.finish_reason = FinishReason::Other("so".to_owned())),
        replied(|reply| reply.usage = Some(Usage::new(u64::from(u32::MAX) + 1, 1))),
        replied(|reply| reply.is_estimated = true),
        replied(|reply| reply.cost = Some(Cost::new(0.5))),
        run(|run| run.limits = Some(Limits::default())),
        run(|run| run.instructions = Some(String::new())),
        run(|run| run.tools = Some(Vec::new())),
        run(|run| run.policy = true),
        run(|run| run.output = Some(OutputMode::Tool)),
        result(Some(1), None, None),
        result(None, Some(1.into()), None),
        result(None, None, Some(RecordedSpending::default())),
        Entry::result(CallIndex(u64::MAX), ToolCallStatus::Error, "No."),
        Entry::result(CallIndex(1), ToolCallStatus::Error, Content::Parts(Vec::new())),
        Entry::ContextOverflow,
    ] {
        assert!(!is_packed(&entry), "{entry:?}");
    }
}
