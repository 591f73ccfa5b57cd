use super::*;
use crate::journal::entry::{AnswerFormat, RecordedSpending};
use crate::words::limits::Limits;
use crate::words::money::Money;

fn reply() -> RecordedReply {
    let message = AssistantMessage {
        text: "Grüße".to_owned(),
        tool_calls: vec![ToolCall::new("call_ä", "find", "{\"to\": \"Lódz\"}"); 2],
        ..AssistantMessage::default()
    };
    let mut reply = RecordedReply::new(message, FinishReason::ToolCalls);
    reply.usage = Some(Usage { cached_input_tokens: 3, reasoning_tokens: 4, ..Usage::new(1, 2) });
    (reply.response_id, reply.model) = (Some("chatcmpl-é".to_owned()), Some("m".to_owned()));
    reply
}

fn run() -> RunStarted {
    RunStarted { limits: None, ..RunStarted::new(7, Limits::default()) }
}

fn is_packed(entry: &Entry) -> bool {
    let mut journal = PackedJournal::default();
    journal.extend(&[Entry::Assistant(reply()), entry.clone(), Entry::Assistant(reply())]);
    let read = journal.get(0..u64::MAX);
    assert_eq!(read, [Entry::Assistant(reply()), entry.clone(), Entry::Assistant(reply())]);
    !matches!(journal.entries[1], Packed::Other(_))
}

#[test]
fn what_most_entries_are_is_small() {
    assert!(size_of::<Packed>() <= 16, "{}", size_of::<Packed>());
    assert!(size_of::<PackedReply>() <= 48, "{}", size_of::<PackedReply>());
    let nothing_said = RecordedReply::new(AssistantMessage::default(), FinishReason::Missing);
    let no_id = RecordedReply { response_id: None, ..reply() };
    let empty_id = RecordedReply { response_id: Some(String::new()), ..reply() };
    for entry in [
        Entry::RunStarted(run()),
        Entry::User { message: "Grüße".into() },
        Entry::Assistant(reply()),
        Entry::Assistant(nothing_said),
        Entry::Assistant(no_id),
        Entry::Assistant(empty_id),
        Entry::Started { call: CallNumber(u64::MAX) },
        Entry::result(CallNumber(1), CallOutcome::Told, "No."),
    ] {
        assert!(is_packed(&entry), "{entry:?}");
    }
}

#[test]
fn replies_of_one_model_share_its_name() {
    let model = |name: &str| RecordedReply { model: Some(name.to_owned()), ..reply() };
    let mut journal = PackedJournal::default();
    let replies = ["a", "b", "a", "a"].map(|name| Entry::Assistant(model(name)));
    journal.extend(&replies);
    assert_eq!(journal.models.len(), 2);
    assert_eq!(journal.get(0..4), replies);
    assert_eq!(journal.get(3..9), replies[3..]);
}

#[test]
fn nothing_else_is_lost() {
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
    let result = |shown, private, spent| Entry::Result {
        call: CallNumber(1),
        outcome: CallOutcome::Answered,
        content: "So.".into(),
        shown,
        private,
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
        replied(|reply| reply.cost = Some(Money::new(0.5))),
        run(|run| run.limits = Some(Limits::default())),
        run(|run| run.instructions = Some(String::new())),
        run(|run| run.tools = Some(Vec::new())),
        run(|run| run.policy = true),
        run(|run| run.answer = Some(AnswerFormat::Tool)),
        result(Some(1), None, None),
        result(None, Some(1.into()), None),
        result(None, None, Some(RecordedSpending::default())),
        Entry::result(CallNumber(u64::MAX), CallOutcome::Told, "No."),
        Entry::result(CallNumber(1), CallOutcome::Told, Content::Parts(Vec::new())),
        Entry::TooLong,
    ] {
        assert!(!is_packed(&entry), "{entry:?}");
    }
}
