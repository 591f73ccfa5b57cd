//! Tool results: metadata and truncation.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::ToolOutput;
use serde_json::{Value, json};

use crate::common;
use crate::common::{FnTool, agent, any_object, call, results};

#[tokio::test]
async fn result_metadata_reaches_the_caller_and_not_the_model() {
    let tool = FnTool::new("pay", any_object(), |_, _| async {
        ToolOutput::new("Paid.").with_metadata(&json!({"card": "4242"}))
    });
    let model =
        ScriptedModel::new([ScriptedReply::call("pay", json!({})), ScriptedReply::text("Ok.")]);
    let agent = common::builder(model.clone()).tool(tool).build().unwrap();
    let reply = agent.run("Pay.").await.unwrap();
    assert_eq!(reply.result_metadata()[0].metadata, Some(json!({"card": "4242"})));
    let requests = format!("{:?}", model.requests());
    assert!(requests.contains("Paid.") && !requests.contains("4242"));
}

#[tokio::test]
async fn large_result_is_truncated_for_the_model_and_stored_completely() {
    let large = format!("[{}\"end\"]", "\"row\",".repeat(1_000));
    let content = large.clone();
    let tool = FnTool::new("list", any_object(), move |_, _| {
        let content = content.clone();
        async move { Ok(content.into()) }
    });
    let small = tool.with(|spec| spec.max_result_bytes = Some(500));
    let model =
        ScriptedModel::new([ScriptedReply::call("list", json!({})), ScriptedReply::text("Ok.")]);
    let store = Arc::new(MemoryStore::new());
    let agent = common::builder(model).tool(small).store(store.clone()).build().unwrap();
    let reply = agent.conversation("c").send("Go.").await.unwrap();
    let shown = results(reply.messages())[0].content.text().into_owned();
    assert!(shown.len() < 800 && !shown.contains("end"), "{shown}");
    assert!(serde_json::from_str::<Value>(&shown).unwrap().is_array());
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let whole = entries.iter().find_map(|entry| match entry {
        Entry::Result { content, .. } => Some(content.text().into_owned()),
        _ => None,
    });
    assert_eq!(whole, Some(large));
}

#[tokio::test]
async fn debug_output_hides_result_metadata() {
    let output = || ToolOutput::new("Paid.").with_metadata(&json!({"flower": "tulip"}));
    let tool = FnTool::new("pay", any_object(), move |_, _| async move { output() });
    let model = ScriptedModel::new([call("pay", "Ada"), ScriptedReply::text("Done.")]);
    let chat = agent(&model).tool(tool).build().unwrap().conversation("c");
    let reply = chat.send("Pay.").await.unwrap();
    assert_eq!(reply.result_metadata()[0].metadata, Some(json!({"flower": "tulip"})));
    let entries = chat.entries().await.unwrap();
    let output = output().unwrap();
    for shown in [format!("{reply:?}"), format!("{entries:?}"), format!("{output:#?}")] {
        assert!(!shown.contains("tulip"), "{shown}");
        assert!(shown.contains("metadata: Some("), "{shown}");
    }
    // Everything else is shown.
    let shown = format!("{:?}", &entries[2]);
    assert_eq!(shown, r#"User { message: UserMessage { content: Text("Pay.") } }"#);
}
