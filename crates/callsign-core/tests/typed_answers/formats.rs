//! How an answer is asked for, and what is tried where a model refuses that.

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::limits::{LimitKind, Limits};
use callsign_core::words::request::{Options, Request, ResponseFormat, ToolChoice};
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel};
use serde_json::json;

use super::common::{Effects, agent, results, work};
use super::{Trip, last_text, porto, porto_json, refuses, schema, tool_names};

#[tokio::test]
async fn a_schema_is_asked_for_first() {
    let model = ScriptedModel::new([Scripted::text(porto_json().to_string()).usage(7, 5)]);
    let agent = agent(&model).instructions("You plan.").build().unwrap();
    let options = Options::new().temperature(0.5);
    let turn = agent.run("Plan it.").options(options);
    let (trip, reply) = turn.output::<Trip>().with_reply().await.unwrap();
    assert_eq!(trip, porto());
    assert_eq!(reply.usage().total_tokens(), 12);
    assert_eq!(reply.messages().len(), 2);
    let request = model.last_request().unwrap();
    let (name, schema, strict) = schema(&request).unwrap();
    assert_eq!((name, strict), ("Trip", Some(true)));
    assert_eq!(schema["properties"]["to"]["description"], "Where it ends.");
    let Some(ResponseFormat::JsonSchema { description, .. }) = &request.options.response_format
    else {
        panic!("no schema")
    };
    assert_eq!(description.as_deref(), Some("A trip by train."));
    assert_eq!(request.options.temperature, Some(0.5));
    assert_eq!(request.instructions.as_deref(), Some("You plan."));
    assert!(request.tools.is_empty());
}

#[tokio::test]
async fn json_is_asked_for_with_an_instruction() {
    let model = ScriptedModel::new([Scripted::text(porto_json().to_string())]);
    let agent = agent(&model).instructions("You plan.").build().unwrap();
    let trip = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Json).await.unwrap();
    assert_eq!(trip, porto());
    let request = model.last_request().unwrap();
    assert_eq!(request.options.response_format, Some(ResponseFormat::JsonObject));
    let instructions = request.instructions.unwrap();
    assert!(instructions.starts_with("You plan.\n\nGive your answer as one JSON object"));
    assert!(instructions.contains("Where it ends."), "{instructions}");
}

#[tokio::test]
async fn a_tool_takes_the_answer() {
    let model = ScriptedModel::new([
        Scripted::call("work", json!({"name": "look"})),
        Scripted::call("final_answer", porto_json()),
    ]);
    let effects = Effects::default();
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    let (trip, reply) = output.with_reply().await.unwrap();
    assert_eq!(trip, porto());
    assert_eq!(results(reply.messages())[1].outcome, CallOutcome::Accepted);
    for request in model.requests() {
        assert_eq!(tool_names(&request), ["work", "final_answer"]);
        assert_eq!(request.options.response_format, None);
        assert_eq!(request.tool_choice, ToolChoice::Unset);
        assert_eq!(
            request.instructions.as_deref(),
            Some("Give your answer by calling `final_answer`.")
        );
        let tool = &request.tools[1];
        assert!(tool.description.ends_with("The answer: A trip by train."), "{}", tool.description);
        assert_eq!(tool.parameters["required"], json!(["to", "stops"]));
    }
}

#[tokio::test]
async fn other_calls_of_the_reply_run_as_usual() {
    let reply = Scripted::call("work", json!({"name": "a"}))
        .and_call("final_answer", porto_json())
        .and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply]);
    let effects = Effects::default();
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert_eq!(output.await.unwrap(), porto());
    assert_eq!(effects.all(), ["a", "b"]);
}

#[tokio::test]
async fn a_text_is_taken_where_it_is_the_answer() {
    let model = ScriptedModel::new([Scripted::text(porto_json().to_string())]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert_eq!(output.await.unwrap(), porto());
}

#[tokio::test]
async fn a_text_in_place_of_the_call_is_sent_back() {
    let model = ScriptedModel::new([
        Scripted::text("You should go to Porto."),
        Scripted::call("final_answer", porto_json()),
    ]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert_eq!(output.await.unwrap(), porto());
    let told = last_text(&model.last_request().unwrap());
    assert!(told.contains("it was not given by calling `final_answer`"), "{told}");
}

#[tokio::test]
async fn what_a_model_refuses_is_asked_for_in_the_next_format() {
    let model = ScriptedModel::new([
        Scripted::error(refuses("`response_format` is not supported with this model")),
        Scripted::error(Error::new(
            ErrorKind::InvalidRequest,
            "This response_format type is unavailable now",
        )),
        Scripted::call("final_answer", porto_json()),
    ]);
    let agent = agent(&model).limits(Limits::default().turns(1)).build().unwrap();
    let (trip, reply) = agent.run("Plan it.").output::<Trip>().with_reply().await.unwrap();
    assert_eq!((trip, reply.turns()), (porto(), 1));
    let requests = model.requests();
    assert!(schema(&requests[0]).is_some());
    assert_eq!(requests[1].options.response_format, Some(ResponseFormat::JsonObject));
    assert_eq!(requests[2].options.response_format, None);
    assert_eq!(tool_names(&requests[2]), ["final_answer"]);
}

#[tokio::test]
async fn what_has_nothing_to_do_with_the_format_ends_the_run() {
    for error in [
        Error::new(ErrorKind::InvalidRequest, "`messages` is too long"),
        Error::new(ErrorKind::Server, "json_schema crashed"),
    ] {
        let kind = error.kind();
        let model = ScriptedModel::new([Scripted::error(error)]);
        let agent = agent(&model).build().unwrap();
        let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        model.assert_done();
    }
    // After the last format there is none.
    let model = ScriptedModel::new([Scripted::error(refuses("tools are not supported"))]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert!(output.await.unwrap_err().is_unsupported_parameter());
}

/// A model that takes no response format.
struct ToolsOnly(ScriptedModel);

impl Model for ToolsOnly {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn name(&self) -> &str {
        "tools only"
    }

    fn answer_format(&self) -> AnswerFormat {
        AnswerFormat::Tool
    }
}

#[tokio::test]
async fn a_model_says_what_it_takes_best() {
    let model = ScriptedModel::new([Scripted::call("final_answer", porto_json())]);
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let agent = agent.with_model(std::sync::Arc::new(ToolsOnly(model.clone())));
    let trip: Trip = agent.run("Plan it.").output().await.unwrap();
    assert_eq!(trip, porto());
    model.assert_done();
}

#[tokio::test]
async fn a_limit_leaves_the_answer_to_be_called_for() {
    let model = ScriptedModel::new([
        Scripted::call("work", json!({"name": "a"})),
        Scripted::call("work", json!({"name": "b"})).and_call("final_answer", porto_json()),
    ]);
    let effects = Effects::default();
    let limits = Limits::default().turns(1);
    let agent = agent(&model).tool(work(&effects)).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    let (trip, reply) = output.with_reply().await.unwrap();
    assert_eq!(trip, porto());
    assert_eq!(reply.limit_reached(), Some(LimitKind::Turns));
    assert_eq!(effects.all(), ["a"]);
    let choice = model.last_request().unwrap().tool_choice;
    assert_eq!(choice, ToolChoice::Tool("final_answer".to_owned()));
}

#[tokio::test]
async fn an_agents_own_tool_of_that_name_is_told_of() {
    let effects = Effects::default();
    let agent = agent(&ScriptedModel::new([]))
        .tool(super::common::named("final_answer", &effects))
        .build()
        .unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("final_answer"), "{error}");
}
