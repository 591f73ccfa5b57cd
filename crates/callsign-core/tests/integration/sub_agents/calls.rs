//! Calls of sub-agents: their arguments, conversations, context values and errors.

use callsign_core::agent::agent::Agent;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::ConversationId;
use callsign_types::journal::entry::Entry;
use callsign_types::limits::Limits;
use callsign_types::message::UserMessage;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{Arguments, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Shared, child_of, parent, received, research};
use crate::common;
use crate::common::{Effects, FnTool, any_object, ask, call, payer, results, scripted, work};

#[tokio::test]
async fn sub_agent_returns_its_answer_as_the_tool_result() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [call("work", "a"), ScriptedReply::text("It is a fish.")];
    let child = payer(script, &effects);
    let model = ScriptedModel::new([research(), ScriptedReply::text("A fish.")]);
    let agent = common::builder(model.clone())
        .tool(child.as_tool("research", "Finds out."))
        .store(store.clone())
        .build()
        .unwrap();
    let reply = agent.conversation("c").send("Well?").await.unwrap();
    assert_eq!(reply.text(), "A fish.");
    assert_eq!(received(&reply), [(ToolCallStatus::Success, "It is a fish.".to_owned())]);
    let tool = &model.requests()[0].tools[0];
    assert_eq!((&*tool.name, &*tool.description), ("research", "Finds out."));
    assert_eq!(tool.parameters["required"], json!(["message"]));
    // Its conversation is in the parent's store.
    let id = child_of(&store, "c", "research").await;
    let kept = store.load(&id, 0..u64::MAX).await.unwrap();
    let asked = kept.iter().any(
        |entry| matches!(entry, Entry::User { message } if message.content.text() == "What is it?"),
    );
    assert!(asked, "{kept:?}");
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Topic {
    /// The topic to research.
    topic: String,
    depth: Option<u32>,
}

#[cfg_attr(
    not(feature = "validate"),
    ignore = "unknown properties are rejected only with `validate`"
)]
#[tokio::test]
async fn sub_agent_takes_typed_arguments() {
    let child_model = ScriptedModel::new([ScriptedReply::text("Deep.")]);
    let child = common::builder(child_model.clone()).build().unwrap();
    let tool = child.as_tool("dig", "Digs.").arguments(|Topic { topic, depth }| {
        UserMessage::from(format!("Dig for {topic}, {} deep.", depth.unwrap_or(1)))
    });
    let dig = |arguments| ScriptedReply::call("dig", arguments);
    let script = [
        dig(json!({"topic": "gold", "far": 1})),
        dig(json!({"topic": "gold", "depth": 3})),
        ScriptedReply::text("So."),
    ];
    let reply = scripted(script).tool(tool).build().unwrap().run("Go.").await.unwrap();
    let received = received(&reply);
    assert_eq!(received[0].0, ToolCallStatus::InvalidArguments);
    assert!(received[0].1.contains("far"), "{received:?}");
    assert_eq!(received[1], (ToolCallStatus::Success, "Deep.".to_owned()));
    let asked = &child_model.last_request().unwrap().messages;
    assert_eq!(asked.last().unwrap().text(), "Dig for gold, 3 deep.");
}

#[tokio::test]
async fn model_receives_the_reason_if_a_sub_agent_fails() {
    let secret = || Error::new(ErrorKind::Authentication, "the key sk-12345 is not accepted");
    let looping = [call("work", "a"), call("work", "b")];
    let cases = [
        (
            vec![ScriptedReply::text("Half").finish(FinishReason::Length)],
            ToolCallStatus::Error,
            "was cut",
        ),
        (
            vec![ScriptedReply::text("Ha").finish(FinishReason::ContentFilter)],
            ToolCallStatus::Error,
            "withheld",
        ),
        (looping.into(), ToolCallStatus::Error, "limit of turns"),
        (
            vec![ScriptedReply::error(secret())],
            ToolCallStatus::Failed,
            "The tool `research` failed.",
        ),
        (
            vec![ScriptedReply::empty(), ScriptedReply::empty()],
            ToolCallStatus::Error,
            "it answered with nothing",
        ),
    ];
    for (script, outcome, text) in cases {
        let effects = Effects::default();
        let child = scripted(script).tool(work(&effects)).limits(Limits::default().max_turns(1));
        let child = child.build().unwrap();
        let reply = parent([research(), ScriptedReply::text("Well.")], &child, &Shared::default());
        let reply = reply.run("Go.").await.unwrap();
        let received = received(&reply);
        assert_eq!(received[0].0, outcome, "{received:?}");
        assert!(received[0].1.contains(text), "{received:?}");
        assert!(!received[0].1.contains("sk-12345"), "{received:?}");
    }
}

struct Tenant(&'static str);

#[tokio::test]
async fn context_values_are_passed_to_sub_agents_and_must_be_required() {
    let tool = FnTool::new("whose", any_object(), |context: Context, _| async move {
        Ok(context.context::<Tenant>().unwrap().0.into())
    });
    let script = [ScriptedReply::call("whose", json!({})), ScriptedReply::text("Theirs.")];
    let child_model = ScriptedModel::new(script);
    let child = common::builder(child_model.clone())
        .requires_context::<Tenant>()
        .tool(tool)
        .build()
        .unwrap();
    let tool = || child.as_tool("research", "Finds out.");
    let error = scripted([]).tool(tool()).build().unwrap_err();
    assert!(error.to_string().contains("`research`"), "{error}");
    assert!(error.to_string().contains("Tenant"), "{error}");
    let script = [research(), ScriptedReply::text("So.")];
    let agent = scripted(script).tool(tool()).requires_context::<Tenant>().build().unwrap();
    agent.run("Whose is it?").context(Tenant("acme")).await.unwrap();
    let told = results(&child_model.last_request().unwrap().messages);
    assert_eq!(told[0].content.text(), "acme");
}

#[tokio::test]
async fn cycle_of_sub_agents_is_an_error_that_names_the_path() {
    let named = |name: &str| scripted([]).name(name);
    let inner = named("triage").build().unwrap();
    let billing = named("billing").tool(inner.as_tool("ask_triage", "Asks.")).build().unwrap();
    let error = named("triage").tool(billing.as_tool("bill", "Bills.")).build().unwrap_err();
    assert!(error.is_configuration());
    let message = error.to_string();
    assert!(message.contains("`triage` → `billing` → `triage`"), "{message}");
    // Agents without a name are all different.
    let one = scripted([]).build().unwrap();
    let two = scripted([]).tool(one.as_tool("one", "One.")).build().unwrap();
    scripted([]).tool(two.as_tool("two", "Two.")).build().unwrap();
}

#[tokio::test]
async fn run_inside_a_tool_call_counts_toward_the_parent_run() {
    let child_model = ScriptedModel::new([ScriptedReply::text("A fish.").usage(3, 4)]);
    let child = common::builder(child_model.clone()).requires_context::<Tenant>().build().unwrap();
    let tool = FnTool::new("ask", any_object(), move |context: Context, _| {
        let child = child.clone();
        async move { Ok(child.run_in(&context, "What is it?").await?.text().into()) }
    });
    let script = [
        ScriptedReply::call("ask", json!({})).usage(10, 1),
        ScriptedReply::text("So.").usage(20, 2),
    ];
    let agent = scripted(script).tool(tool).requires_context::<Tenant>().build().unwrap();
    let reply = agent.run("Ask.").context(Tenant("acme")).await.unwrap();
    assert_eq!(received(&reply), [(ToolCallStatus::Success, "A fish.".to_owned())]);
    assert_eq!(reply.usage().total_tokens(), 33 + 7);
}

#[tokio::test]
async fn sub_agent_can_be_called_directly() {
    let child = scripted([ScriptedReply::text("A fish.")]).build().unwrap();
    let context = Context::detached(Extensions::default());
    let tool = child.as_tool("research", "Finds out.");
    let output = tool.call(context.clone(), Arguments::new(r#"{"message":"?"}"#)).await;
    assert_eq!(output.unwrap().content.text(), "A fish.");
    let empty = tool.call(context, Arguments::new(r#"{"message":""}"#)).await.unwrap_err();
    assert!(empty.is_retry(), "{empty:?}");
}

async fn listed(agent: &Agent) -> Vec<String> {
    let page = agent.conversations().with_sub_agents().await.unwrap();
    page.conversations.iter().map(|found| found.id.to_string()).collect()
}

#[tokio::test]
async fn conversations_of_sub_agents_are_listed_on_request_and_deleted_with_their_parent() {
    let effects = Effects::default();
    let inner = scripted([ScriptedReply::text("x"), ScriptedReply::text("y")]).build().unwrap();
    let middle = [ask("dig"), ScriptedReply::text("x"), ask("dig"), ScriptedReply::text("y")];
    let middle = scripted(middle).tool(inner.as_tool("dig", "Digs.")).build().unwrap();
    let agent = scripted([
        call("work", "a"),
        ask("ask"),
        ScriptedReply::text("x"),
        ask("ask"),
        ScriptedReply::text("y"),
    ])
    .tool(work(&effects))
    .tool(middle.as_tool("ask", "Asks."))
    .build()
    .unwrap();
    let (one, two) = (agent.conversation("one"), agent.conversation("two"));
    one.send("Go.").await.unwrap();
    two.send("Go.").await.unwrap();
    // Omitted conversations do not count toward the page.
    let page = agent.conversations().newest_first().limit(2).await.unwrap();
    let mut names: Vec<_> = page.conversations.iter().map(|found| found.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, page.next), (vec!["one", "two"], None));
    let all = listed(&agent).await;
    assert_eq!(all.len(), 6, "{all:?}");
    assert!(all[..4].iter().all(|name| name.starts_with(ConversationId::AGENTS)), "{all:?}");
    one.rename("three").await.unwrap().delete().await.unwrap();
    let left = listed(&agent).await;
    assert_eq!((left.len(), &*left[2]), (3, "two"), "{left:?}");
    two.delete().await.unwrap();
    assert_eq!(listed(&agent).await, Vec::<String>::new());
}
