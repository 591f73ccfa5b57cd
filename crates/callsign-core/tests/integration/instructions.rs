//! Instructions that an async function computes.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::handoff::Handoff;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::limits::Limits;
use serde_json::json;

use crate::common::{Effects, agent, call, poll_times, scripted, work};

struct Tenant(&'static str);

fn instructions(model: &ScriptedModel) -> Option<String> {
    model.last_request().unwrap().instructions.map(|text| text.to_string())
}

#[tokio::test]
async fn async_function_computes_the_instructions_of_each_run() {
    let model = ScriptedModel::new(["a", "b", "c"].map(ScriptedReply::text));
    let agent = agent(&model)
        .requires_context::<Tenant>()
        .instructions_fn(|run| async move {
            tokio::task::yield_now().await;
            format!("For {}.", run.context::<Tenant>().unwrap().0)
        })
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    for name in ["Ada", "Bob"] {
        chat.send("Hi.").context(Tenant(name)).await.unwrap();
        assert_eq!(instructions(&model), Some(format!("For {name}.")));
    }
    let run = chat.send("Hi.").context(Tenant("Eve"));
    run.instructions_fn(|_| async { "For this run." }).await.unwrap();
    assert_eq!(instructions(&model).as_deref(), Some("For this run."));
}

#[tokio::test]
async fn failing_function_fails_the_run_before_the_model_is_called() {
    let fails = |error: Option<Error>| {
        let error = Arc::new(std::sync::Mutex::new(error));
        scripted([])
            .instructions_fn(move |_| {
                let error = error.lock().unwrap().take();
                async move {
                    match error {
                        Some(error) => Err::<String, callsign_types::error::BoxError>(error.into()),
                        None => Err("no database".into()),
                    }
                }
            })
            .build()
            .unwrap()
    };
    let error = fails(None).run("Hi.").await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("no database"), "{error}");
    let server = Error::new(ErrorKind::Server, "the directory is down");
    let error = fails(Some(server)).run("Hi.").await.unwrap_err();
    assert!(error.is_server(), "{error}");

    let agent = scripted([]).instructions_fn(|_| async { panic!("on purpose") as String });
    let error = agent.build().unwrap().run("Hi.").await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    let agent = scripted([]).instructions_fn(|_| -> std::future::Ready<String> { panic!("again") });
    let error = agent.build().unwrap().run("Hi.").await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn time_limit_of_the_run_applies_to_the_function() {
    let agent = scripted([])
        .instructions_fn(|_| std::future::pending::<String>())
        .limits(Limits::default().run_timeout(Duration::from_secs(3)))
        .build()
        .unwrap();
    let error = agent.run("Hi.").await.unwrap_err();
    assert!(error.is_limit(), "{error}");
    assert!(error.to_string().contains("instructions"), "{error}");
}

#[tokio::test]
async fn agent_that_takes_over_computes_its_instructions() {
    let billing_model = ScriptedModel::new([ScriptedReply::text("Paid.")]);
    let billing = agent(&billing_model)
        .name("billing")
        .instructions_fn(|run| async move {
            tokio::task::yield_now().await;
            format!("You bill in {}.", run.conversation())
        })
        .build()
        .unwrap();
    let model = ScriptedModel::new([ScriptedReply::call("transfer_to_billing", json!({}))
        .and_call("work", json!({"name": "a"}))]);
    let effects = Effects::default();
    let triage = agent(&model).name("triage").tool(work(&effects)).handoff(Handoff::to(&billing));
    let reply = triage.build().unwrap().conversation("c").send("Pay.").await.unwrap();
    assert_eq!(reply.text(), "Paid.");
    assert_eq!(reply.agent(), Some("billing"));
    assert_eq!(instructions(&billing_model).as_deref(), Some("You bill in c."));
}

#[tokio::test(start_paused = true)]
async fn handoff_survives_a_run_that_is_dropped_at_any_point() {
    for polls in 1.. {
        let billing_model = ScriptedModel::new(["Paid."; 3].map(ScriptedReply::text)).ignore_rest();
        let billing = agent(&billing_model)
            .name("billing")
            .instructions_fn(|_| async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                "You bill."
            })
            .build()
            .unwrap();
        let model = ScriptedModel::new([
            ScriptedReply::call("transfer_to_billing", json!({})),
            ScriptedReply::text("Not handed over."),
        ])
        .ignore_rest();
        let triage = agent(&model).name("triage").handoff(Handoff::to(&billing)).build().unwrap();
        let chat = triage.conversation("c");
        let ended = poll_times(chat.send("Pay.").stream(), polls).await;
        chat.wait_idle().await.unwrap();
        if let Some(reply) = ended {
            assert_eq!(reply.unwrap().text(), "Paid.");
            break;
        }
        let reply = chat.send("And now?").await;
        let text = reply.map(|reply| reply.text().to_owned()).unwrap();
        assert!(text == "Paid." || text == "Not handed over.", "after {polls} polls: {text}");
    }
}

#[tokio::test]
async fn middleware_of_an_agent_keeps_its_instructions() {
    let effects = Effects::default();
    let agent = scripted([call("work", "a"), ScriptedReply::text("Done.")])
        .tool(work(&effects))
        .instructions_fn(|_| async { Ok::<_, Error>(Arc::<str>::from("Be brief.")) })
        .build()
        .unwrap();
    assert_eq!(agent.run("Go.").await.unwrap().text(), "Done.");
}
