//! The guarantees of the core loop as properties.
//!
//! Models, tools, policies and people behave arbitrarily. Runs are dropped or killed anywhere, and
//! conversations are forked and compacted. Every request is valid for a provider, the journal
//! matches the reply, no call takes effect twice, and no call runs without a required approval.

use std::sync::Mutex;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::conversation::Conversation;
use callsign_core::compaction::clear_results::ClearResults;
use callsign_core::compaction::keep_last::KeepLast;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{DelegatingStore, ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::AppendId;
use callsign_types::journal::entry::Entry;
use callsign_types::limits::Limits;
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Verdict};
use callsign_types::traits::store::Store;
use callsign_types::traits::tool_error::ToolError;
use proptest::prelude::*;

use crate::common;
use crate::common::slow_store::slow_store;
use crate::common::{Effects, FnTool, any_object, poll_times};

#[derive(Clone, Debug)]
struct Reply {
    text: String,
    calls: Vec<(String, String, String)>,
    end: u8,
}

impl Reply {
    fn scripted(self) -> ScriptedReply {
        let mut scripted = ScriptedReply::text(self.text);
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
        Just("work"),
        Just("pay"),
        Just("pay"),
        Just("alone"),
        Just("large"),
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
        Just("{'name': 'repaired', 'ms': 2}".to_owned()),
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

/// An action on a conversation from outside.
#[derive(Clone, Debug)]
enum Act {
    /// A run with or without a new message, which may end early.
    Run { replies: Vec<Reply>, sends: bool, early: Early },
    /// The conversation continues as a fork.
    Fork,
    /// A person decides about one of the pending calls.
    Decide { which: usize, answer: u8 },
    /// A message is enqueued for the next turn.
    Deliver,
}

/// Whether a run ends early, and how: after a number of polls.
#[derive(Clone, Debug)]
enum Early {
    Not,
    Dropped(usize),
    /// The process was killed: unlike after a drop, there is no `Cancelled` entry.
    Killed(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let replies = || proptest::collection::vec(reply(), 0..5);
    let early = prop_oneof![
        2 => Just(Early::Not),
        1 => (0_usize..40).prop_map(Early::Dropped),
        1 => (0_usize..40).prop_map(Early::Killed),
    ];
    prop_oneof![
        5 => (replies(), any::<bool>(), early)
            .prop_map(|(replies, sends, early)| Act::Run { replies, sends, early }),
        1 => Just(Act::Fork),
        3 => (0_usize..3, 0_u8..4).prop_map(|(which, answer)| Act::Decide { which, answer }),
        1 => Just(Act::Deliver),
    ]
}

/// The state of a whole conversation, and what was observed in it.
struct World {
    store: Mutex<DelegatingStore>,
    /// The id of the current conversation.
    name: Mutex<String>,
    /// The idempotency key of each call that took effect.
    effects: Effects,
    /// The idempotency keys of the calls that require approval and took effect.
    paid: Effects,
    /// One entry for each approval by a person or a policy.
    approved: Effects,
    limits: Limits,
    policy: Option<u8>,
}

impl World {
    fn agent(&self, model: &ScriptedModel) -> Agent {
        let (approved, seed) = (self.approved.clone(), self.policy);
        let builder = common::agent(model)
            .tool(keyed("work", &self.effects))
            .tool(keyed("alone", &self.effects).with(|spec| spec.sequential = true))
            .tool(keyed("pay", &self.paid).with(|spec| spec.approval = true))
            .tool(FnTool::new("large", any_object(), |_, _| async {
                Ok(format!("[{}1]", "1,".repeat(300)).into())
            }))
            .tool(FnTool::new("fails", any_object(), |_, _| async {
                Err(ToolError::visible("no"))
            }))
            .tool(FnTool::new("panics", any_object(), |_, _| async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                std::panic::resume_unwind(Box::new("on purpose"))
            }))
            .compaction(ClearResults::keep_last(1))
            .compaction(KeepLast::messages(1))
            .store(self.store.lock().unwrap().clone())
            .limits(self.limits.clone());
        let Some(seed) = seed else { return builder.build().unwrap() };
        let policy = move |call: &PendingToolCall, context: &Context| {
            let verdict = (context.call_index().0 as u8).wrapping_mul(7).wrapping_add(seed) % 6;
            match verdict {
                0 => Verdict::Deny("No.".to_owned()),
                1 => Verdict::Ask("Sure?".to_owned()),
                2 => Verdict::Change(serde_json::json!({"name": "changed"})),
                3 => {
                    if call.tool.name() == "pay" {
                        approved.add("policy");
                    }
                    Verdict::Approve
                }
                4 => std::panic::resume_unwind(Box::new("on purpose")),
                _ => Verdict::Allow,
            }
        };
        builder.policy(policy).build().unwrap()
    }

    async fn act(&self, act: Act) {
        match act {
            Act::Run { replies, sends, early } => self.run(replies, sends, early).await,
            Act::Fork => {
                let name = format!("{}+", self.name());
                let chat = self.conversation(&ScriptedModel::new([]));
                if chat.fork(name.as_str()).await.is_ok() {
                    *self.name.lock().unwrap() = name;
                }
            }
            Act::Deliver => {
                self.conversation(&ScriptedModel::new([])).enqueue("And this.").await.unwrap();
            }
            Act::Decide { which, answer } => {
                let chat = self.conversation(&ScriptedModel::new([]));
                let requests = chat.approvals().await.unwrap();
                let Some(request) = requests.get(which) else { return };
                let decided = match answer {
                    0 => chat.approve(request).await,
                    1 => chat.approve_with(request, &serde_json::json!({"name": "x"})).await,
                    2 => chat.deny(request, "").await,
                    _ => chat.deny(request, "Because.").await,
                };
                // The call may have been decided before, without a run since.
                if decided.is_ok() && answer < 2 && request.tool == "pay" {
                    self.approved.add("person");
                }
            }
        }
    }

    fn name(&self) -> String {
        self.name.lock().unwrap().clone()
    }

    fn conversation(&self, model: &ScriptedModel) -> Conversation {
        self.agent(model).conversation(self.name())
    }

    /// Removes the `Cancelled` entry, as if the process had been killed.
    async fn kill(&self) {
        let name = self.name().as_str().into();
        let store = self.store.lock().unwrap().clone();
        let mut entries = store.load(&name, 0..u64::MAX).await.unwrap();
        if matches!(entries.last(), Some(Entry::Cancelled { .. })) {
            entries.pop();
        }
        let after = slow_store(&MemoryStore::new());
        if !entries.is_empty() {
            after.append(&name, 0, AppendId::random(), &entries).await.unwrap();
        }
        for item in store.inbox(&name, 0).await.unwrap() {
            after.deliver(&name, AppendId::random(), item).await.unwrap();
        }
        *self.store.lock().unwrap() = after;
    }

    async fn run(&self, replies: Vec<Reply>, sends: bool, early: Early) {
        let replies = replies.into_iter().map(Reply::scripted);
        let more = (0..60).map(|_| ScriptedReply::text("That is all."));
        let model = ScriptedModel::new(replies.chain(more)).ignore_rest();
        let chat = self.conversation(&model);
        let run = || if sends { chat.send("Go.") } else { chat.resume() };
        let outcome = match early {
            Early::Dropped(polls) | Early::Killed(polls) => poll_times(run().stream(), polls).await,
            Early::Not => Some(run().await),
        };
        chat.wait_idle().await.unwrap();
        if outcome.is_none() && matches!(early, Early::Killed(_)) {
            self.kill().await;
        }
        let chat = self.conversation(&model);
        for request in model.requests() {
            check_sendable(&request.messages).unwrap();
        }
        let stored = chat.messages().await.unwrap();
        check_sendable(&stored).unwrap();
        match outcome {
            Some(Ok(reply)) if reply.approvals().is_empty() => {
                assert_eq!(reply.messages(), &stored);
            }
            Some(Ok(reply)) => {
                assert_eq!(reply.approvals(), chat.approvals().await.unwrap());
            }
            Some(Err(error)) => {
                if let Some(progress) = error.partial_run() {
                    assert_eq!(progress.messages, stored);
                }
            }
            None => {}
        }
        self.check();
    }

    fn check(&self) {
        for effects in [&self.effects, &self.paid] {
            let mut keys = effects.all();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), all, "a call took effect twice");
        }
        assert!(self.paid.all().len() <= self.approved.all().len(), "paid without approval");
    }
}

/// Returns a tool that sleeps and then records its idempotency key.
fn keyed(name: &str, effects: &Effects) -> FnTool {
    let effects = effects.clone();
    FnTool::new(name, any_object(), move |context, arguments| {
        let effects = effects.clone();
        async move {
            let arguments: serde_json::Value = arguments.decode()?;
            let ms = arguments["ms"].as_u64().unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(ms)).await;
            effects.add(context.idempotency_key());
            Ok("done".into())
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_valid_and_no_call_takes_effect_twice(
        acts in proptest::collection::vec(act(), 1..8),
        turns in 0_u32..5, calls in 0_u32..6, concurrency in 0_u32..4,
        bytes in prop_oneof![Just(100_000_u64), 0_u64..400],
        policy in proptest::option::of(0_u8..6),
        context in proptest::option::of(1_u64..200),
    ) {
        let limits = Limits::default()
            .max_turns(turns).max_tool_calls(calls).tool_concurrency(concurrency).max_result_bytes(bytes);
        let limits = match context {
            Some(tokens) => limits.context_tokens(tokens),
            None => limits,
        };
        std::panic::set_hook(Box::new(|_| {}));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time()
            .start_paused(true).build().unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let world = World {
                    store: Mutex::new(slow_store(&MemoryStore::new())),
                    name: Mutex::new("c".to_owned()),
                    effects: Effects::default(),
                    paid: Effects::default(),
                    approved: Effects::default(),
                    limits,
                    policy,
                };
                for act in acts {
                    world.act(act).await;
                }
            });
        }));
        let _ = std::panic::take_hook();
        if let Err(panic) = outcome {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            return Err(TestCaseError::fail(text.unwrap_or_default()));
        }
    }
}
