//! Conversations: history, resumption, and settings of single runs.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::content::Part;
use callsign_types::message::Message;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, chat, scripted, transcript};

#[tokio::test]
async fn messages_stay_within_their_conversation() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Hello Ada."),
        ScriptedReply::text("Your name is Ada."),
        ScriptedReply::text("I do not know."),
    ]);
    let agent = agent(&model).instructions("Be kind.").build().unwrap();
    let chat = agent.conversation("ada");
    chat.send("I am Ada.").await.unwrap();
    chat.send("Who am I?").await.unwrap();
    agent.conversation("bob").send("Who am I?").await.unwrap();
    let requests = model.requests();
    let expected = ["user: I am Ada.", "assistant: Hello Ada.", "user: Who am I?"];
    assert_eq!(transcript(&requests[1].messages), expected);
    assert_eq!(transcript(&requests[2].messages), ["user: Who am I?"]);
    assert_eq!(requests[1].instructions.as_deref(), Some("Be kind."));
}

#[tokio::test]
async fn history_requires_an_empty_conversation() {
    let model = ScriptedModel::new([ScriptedReply::text("Hello.")]);
    let chat = agent(&model).build().unwrap().conversation("c");
    chat.send("Hi").await.unwrap();
    let error = chat.send("Hi").history(vec![Message::user("before")]).await.unwrap_err();
    assert!(error.is_configuration(), "{error:?}");
}

#[tokio::test]
async fn messages_of_a_reply_can_be_the_history_of_the_next_run() {
    let model = ScriptedModel::new([ScriptedReply::text("Hello."), ScriptedReply::text("Again.")]);
    let agent = agent(&model).build().unwrap();
    let first = agent.run("Hi").await.unwrap();
    agent.run("And?").history(first.messages().clone()).await.unwrap();
    let seen = transcript(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: Hi", "assistant: Hello.", "user: And?"]);
}

#[tokio::test]
async fn resuming_returns_the_finished_answer_again_or_an_error_if_empty() {
    let model = ScriptedModel::new([ScriptedReply::text("Hello.")]);
    let agent = agent(&model).build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Hi").await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Hello.");
    let error = agent.conversation("new").resume().await.unwrap_err();
    assert!(error.to_string().contains("send a message first"), "{error}");
}

#[tokio::test]
async fn idempotency_keys_differ_between_calls_and_conversations() {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    let tool = FnTool::new("pay", any_object(), move |context, _| {
        seen.lock().unwrap().push(context.idempotency_key());
        async { Ok("paid".into()) }
    });
    let twice = || ScriptedReply::call("pay", json!({})).and_call("pay", json!({}));
    let model =
        ScriptedModel::new([twice(), ScriptedReply::text("a"), twice(), ScriptedReply::text("b")]);
    let agent = agent(&model).tool(tool).build().unwrap();
    agent.run("Pay.").await.unwrap();
    agent.run("Pay.").await.unwrap();
    let keys = keys.lock().unwrap().clone();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 4, "{keys:?}");
}

#[tokio::test]
async fn run_overrides_instructions_and_options() {
    use callsign_types::request::Options;
    let model = ScriptedModel::new([
        ScriptedReply::text("a"),
        ScriptedReply::text("b"),
        ScriptedReply::text("c"),
    ]);
    let agent = agent(&model).instructions("Be kind.").build().unwrap();
    let chat = agent.conversation("c");
    chat.send("1").instructions("Be brief.").options(Options::new().seed(7)).await.unwrap();
    chat.send("2").await.unwrap();
    chat.send("3").instructions("").await.unwrap();
    let seen: Vec<_> = model
        .requests()
        .iter()
        .map(|request| (request.instructions.as_deref().map(str::to_owned), request.options.seed))
        .collect();
    let expected = [
        (Some("Be brief.".to_owned()), Some(7)),
        (Some("Be kind.".to_owned()), None),
        (None, None),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn empty_message_is_rejected_and_not_stored() {
    let model = ScriptedModel::new([ScriptedReply::text("Hello.")]);
    let chat = chat(&model, &Effects::default());
    assert!(chat.send("").await.unwrap_err().is_configuration());
    assert!(chat.send(Vec::<Part>::new()).await.unwrap_err().is_configuration());
    chat.send("Hi.").await.unwrap();
    assert_eq!(transcript(&model.last_request().unwrap().messages), ["user: Hi."]);
}

#[tokio::test]
async fn names_that_are_reserved_for_sub_agents_are_refused() {
    let agent = scripted([ScriptedReply::text("Hello.")]).build().unwrap();
    let chat = agent.conversation("a");
    chat.send("Hi.").await.unwrap();
    let reserved = "callsign:mine";
    for error in [
        agent.conversation(reserved).send("Hi.").await.unwrap_err(),
        chat.fork(reserved).await.unwrap_err(),
        agent.import(reserved, &chat.export().await.unwrap()).await.unwrap_err(),
        chat.rename(reserved).await.unwrap_err(),
    ] {
        assert!(error.is_configuration(), "{error:?}");
        assert_eq!(
            error.to_string(),
            "conversation name `callsign:mine` starts with `callsign:`, which is reserved for \
             sub-agents: choose another name"
        );
    }
}
