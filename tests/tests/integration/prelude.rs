//! What the prelude suffices for, and trait objects that implement their traits.

mod tools {
    use callsign::prelude::*;

    /// Adds numbers.
    #[tool]
    fn add(a: i64, b: i64) -> i64 {
        a + b
    }

    /// Returns an agent of parts that are known only at run time.
    pub(super) fn agent(model: Box<dyn Model>, tools: impl IntoTools) -> Result<Agent, Error> {
        Agent::builder(model).tools(tools).policy(|_, _| Verdict::Allow).build()
    }

    pub(super) fn all() -> impl IntoTools {
        let doubled = DynamicTool::new(
            "double",
            "Doubles a number.",
            serde_json::json!({"type": "object"}),
            |_, arguments| async move { Ok(arguments["a"].as_i64().unwrap_or_default() * 2) },
        );
        tools![add].with(doubled)
    }
}

use std::sync::Arc;

use callsign::agent::{Compactor, KeepLast, Policy, policy_fn};
use callsign::prelude::*;
use callsign::store::Store;
use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::tool::Arguments;
use serde_json::json;

fn script() -> ScriptedModel {
    let calls = ScriptedReply::call("add", json!({"a": 1, "b": 2}));
    let calls = calls.and_call("double", json!({"a": 4}));
    ScriptedModel::new([calls, ScriptedReply::text("3 and 8.")])
}

async fn results(agent: Agent) -> Vec<String> {
    let reply = agent.run("Calculate.").await.unwrap();
    reply.calls().map(|call| call.result.unwrap().content.text().into_owned()).collect()
}

#[tokio::test]
async fn boxed_model_is_a_model_and_tools_are_named_by_the_prelude() {
    let agent = tools::agent(Box::new(script()), tools::all()).unwrap();
    assert_eq!(results(agent).await, ["3", "8"]);
}

#[tokio::test]
async fn boxes_and_arcs_of_all_parts_are_parts() {
    let model: Arc<dyn Model> = Arc::new(script());
    let boxed: Box<dyn Model> = Box::new(model);
    let policy: Box<dyn Policy> = Box::new(policy_fn(|_, _| async { Verdict::Allow }));
    let policy: Arc<dyn Policy> = Arc::new(policy);
    let store: Arc<dyn Store> = Arc::new(callsign::MemoryStore::new());
    let store: Box<dyn Store> = Box::new(store);
    let compactor: Arc<dyn Compactor> = Arc::new(KeepLast::messages(3));
    let compactor: Box<dyn Compactor> = Box::new(compactor);
    let mut builder = Agent::builder(boxed).add_policy(policy).store(store).compaction(compactor);
    for tool in tools::all().into_tools() {
        let tool: Box<dyn Tool> = Box::new(tool);
        builder = builder.tool(tool);
    }
    assert_eq!(results(builder.build().unwrap()).await, ["3", "8"]);
}

#[tokio::test]
async fn arguments_display_as_their_json() {
    let agent = Agent::builder(script())
        .tools(tools::all())
        .tool_middleware(|call, _| async move { Ok(format!("{}", call.arguments()).into()) })
        .build()
        .unwrap();
    assert_eq!(results(agent).await, [r#"{"a":1,"b":2}"#, r#"{"a":4}"#]);
    assert_eq!(Arguments::from("{}").to_string(), "{}");
}
