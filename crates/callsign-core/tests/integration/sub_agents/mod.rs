//! Sub-agents.

mod approvals;
mod calls;
mod crashes;
mod events;

use std::sync::Arc;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Reply;
use callsign_testkit::ScriptedReply;
use callsign_types::id::ConversationId;
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::Store;
use serde_json::json;

use crate::common::{results, scripted};

type Shared = Arc<MemoryStore>;

fn parent(script: impl IntoIterator<Item = ScriptedReply>, child: &Agent, store: &Shared) -> Agent {
    let tool = child.as_tool("research", "Finds out.");
    scripted(script).name("boss").tool(tool).store(store.clone()).build().unwrap()
}

fn research() -> ScriptedReply {
    ScriptedReply::call("research", json!({"message": "What is it?"}))
}

fn received(reply: &Reply) -> Vec<(ToolCallStatus, String)> {
    let results = results(reply.messages());
    results.iter().map(|result| (result.status, result.content.text().into_owned())).collect()
}

/// Returns the id of the conversation of the first call of `parent`, a call of `tool`.
async fn child_of(store: &Shared, parent: &str, tool: &str) -> ConversationId {
    let entries = store.load(&parent.into(), 0..1).await.unwrap();
    let Entry::Created { key, .. } = &entries[0] else { unreachable!("it is the first entry") };
    format!("callsign:{}-0/{tool}", key.as_str()).into()
}
