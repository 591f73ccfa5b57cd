//! Event callbacks of an agent.

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::event::Event;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, work};

fn script() -> ScriptedModel {
    let call = ScriptedReply::call("work", json!({"name": "rose"}));
    ScriptedModel::new([call, ScriptedReply::text("So it is.")])
}

fn reporting_tool() -> FnTool {
    FnTool::new("work", any_object(), |context, _| async move {
        context.progress("half");
        Ok("done".into())
    })
}

/// Describes an event without the parts that vary.
fn describe(event: &Event) -> String {
    match event {
        Event::ToolResult(result) => format!("{} {:?}", result.name, result.content),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn event_callback_and_stream_receive_the_same_events() {
    let effects = Effects::default();
    let recorded = effects.clone();
    let build = |model: &ScriptedModel| {
        let recorded = recorded.clone();
        agent(model).tool(reporting_tool()).on_event(move |run, event| {
            recorded.add(format!("{} {}", run.conversation(), describe(event)));
        })
    };
    // The run is not streamed.
    build(&script()).build().unwrap().conversation("c-1").send("Go.").await.unwrap();
    let observed = effects.all();
    assert!(observed.iter().any(|event| event.contains("half")), "{observed:?}");

    let agent = build(&script()).build().unwrap();
    let conversation = agent.conversation("c-1");
    let mut run = conversation.send("Go.").stream();
    let mut received = Vec::new();
    while let Some(event) = run.next().await {
        received.push(format!("c-1 {}", describe(&event)));
    }
    assert_eq!(effects.all()[..observed.len()], observed);
    assert_eq!(effects.all()[observed.len()..], received);
    assert_eq!(observed, received);
}

#[tokio::test]
async fn panic_in_an_event_callback_has_no_effect() {
    let effects = Effects::default();
    let recorded = effects.clone();
    let agent = agent(&script())
        .tool(work(&Effects::default()))
        .on_event(|_, _| panic!("secret"))
        .on_event(move |_, event| recorded.add(describe(event)))
        .build()
        .unwrap();
    assert_eq!(agent.run("Go.").await.unwrap().text(), "So it is.");
    assert!(effects.all().len() > 4, "{:?}", effects.all());
}
