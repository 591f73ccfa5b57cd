//! Promise 2 as a property: whatever models and tools do, wherever runs are dropped, each request
//! that leaves carries a transcript that a service takes, and the journal reads as the run saw it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::limits::Limits;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::slow_store::SlowStore;
use common::{Effects, FnTool, any_object, poll_times, work};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Reply {
    text: String,
    calls: Vec<(String, String, String)>,
    end: u8,
}

impl Reply {
    fn scripted(self) -> Scripted {
        let mut scripted = Scripted::text(self.text);
        for (id, name, arguments) in self.calls {
            scripted = scripted.and_call_raw(id, name, arguments);
        }
        match self.end {
            0..=5 => scripted,
            6 => scripted.finish(FinishReason::Length),
            7 => scripted.finish(FinishReason::ContentFilter),
            8 => scripted.finish(FinishReason::Missing),
            9 => scripted.finish(FinishReason::Other("odd".into())),
            10 => scripted.cut_off(),
            _ => scripted.and_fail(Error::new(ErrorKind::Transport, "gone")),
        }
    }
}

fn reply() -> impl Strategy<Value = Reply> {
    let id = prop_oneof!["", "same", "c00000001", "[a-z]{3}"];
    let name = prop_oneof![
        Just("work"),
        Just("fails"),
        Just("panics"),
        Just("nope"),
        Just(""),
        Just("multi_tool_use.parallel"),
        Just("ein_überaus_langer_name_für_ein_werkzeug_das_es_nicht_gibt_und_nie_gab")
    ];
    let arguments = prop_oneof![
        Just(String::new()),
        Just("null".to_owned()),
        Just(r#"{"name":"a","ms":4}"#.to_owned()),
        Just(r#"{"name":"cut"#.to_owned()),
        Just("[1]".to_owned()),
        Just(r#"{"a":"\ud800"}"#.to_owned()),
        Just(r#"{"a":1e999}"#.to_owned()),
        Just(format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200))),
        "\\PC{0,8}",
    ];
    let call = (id, name.prop_map(str::to_owned), arguments);
    let calls = proptest::collection::vec(call, 0..4);
    (prop_oneof!["", "[a-z ]{1,12}"], calls, 0_u8..12).prop_map(|(text, calls, end)| Reply {
        text,
        calls,
        end,
    })
}

fn build(model: &ScriptedModel, effects: &Effects, store: SlowStore, limits: Limits) -> Agent {
    let fails = FnTool::new("fails", any_object(), |_, _| async { Err(ToolError::tell("no")) });
    let panics = FnTool::new("panics", any_object(), |_, _| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        std::panic::resume_unwind(Box::new("on purpose"))
    });
    common::agent(model)
        .tool(work(effects))
        .tool(fails)
        .tool(panics)
        .store(store)
        .limits(limits)
        .build()
        .unwrap()
}

async fn converse(sends: Vec<(Vec<Reply>, Option<usize>)>, limits: Limits) {
    let store = SlowStore { memory: MemoryStore::new(), ..SlowStore::default() };
    let effects = Effects::default();
    for (replies, polls) in sends {
        let replies = replies.into_iter().map(Reply::scripted);
        let rest = (0..60).map(|_| Scripted::text("That is all."));
        let model = ScriptedModel::new(replies.chain(rest)).ignore_rest();
        let chat = build(&model, &effects, store.clone(), limits.clone()).conversation("c");
        let outcome = match polls {
            Some(polls) => poll_times(chat.send("Go.").stream(), polls).await,
            None => Some(chat.send("Go.").await),
        };
        chat.settled().await.unwrap();
        for request in model.requests() {
            check_sendable(&request.messages).unwrap();
        }
        let kept = chat.messages().await.unwrap();
        match outcome {
            Some(Ok(reply)) => assert_eq!(reply.messages(), &kept),
            Some(Err(error)) => assert_eq!(error.progress().unwrap().messages, kept),
            None => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_transcript_can_be_sent(
        sends in proptest::collection::vec(
            (proptest::collection::vec(reply(), 0..5), proptest::option::of(0_usize..40)), 1..5),
        turns in 0_u32..5, calls in 0_u32..6, concurrency in 0_u32..4,
    ) {
        let limits =
            Limits::default().turns(turns).tool_calls(calls).tool_concurrency(concurrency);
        std::panic::set_hook(Box::new(|_| {}));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time()
            .start_paused(true).build().unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(converse(sends, limits));
        }));
        let _ = std::panic::take_hook();
        if let Err(panic) = outcome {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            return Err(TestCaseError::fail(text));
        }
    }
}
