//! Output modes, and the fallback if a model does not support one.

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::journal::entry::OutputMode;
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::request::{Options, Request, ResponseFormat, ToolChoice};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use serde_json::json;

use super::{Trip, last_text, porto, porto_json, schema, tool_names, unsupported};
use crate::common::{Effects, agent, results, work};

#[tokio::test]
async fn schema_is_requested_first() {
    let model = ScriptedModel::new([ScriptedReply::text(porto_json().to_string()).usage(7, 5)]);
    let agent = agent(&model).instructions("You plan.").build().unwrap();
    let options = Options::new().temperature(0.5);
    let run = agent.run("Plan it.").options(options);
    let (trip, reply) = run.output::<Trip>().with_reply().await.unwrap().into_parts();
    assert_eq!(trip, porto());
    assert_eq!(reply.usage().total_tokens(), 12);
    assert_eq!(reply.messages().len(), 2);
    let request = model.last_request().unwrap();
    let (name, schema) = schema(&request).unwrap();
    assert_eq!(name, "Trip");
    assert_eq!(schema["properties"]["to"]["description"], "The destination.");
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
async fn json_mode_adds_an_instruction() {
    let model = ScriptedModel::new([ScriptedReply::text(porto_json().to_string())]);
    let agent = agent(&model).instructions("You plan.").build().unwrap();
    let trip = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Json).await.unwrap();
    assert_eq!(trip, porto());
    let request = model.last_request().unwrap();
    assert_eq!(request.options.response_format, Some(ResponseFormat::JsonObject));
    let instructions = request.instructions.unwrap();
    assert!(instructions.starts_with("You plan.\n\nGive your answer as one JSON object"));
    assert!(instructions.contains("The destination."), "{instructions}");
}

#[tokio::test]
async fn tool_mode_takes_the_arguments_of_a_call() {
    let model = ScriptedModel::new([
        ScriptedReply::call("work", json!({"name": "look"})),
        ScriptedReply::call("final_answer", porto_json()),
    ]);
    let effects = Effects::default();
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    let (trip, reply) = output.with_reply().await.unwrap().into_parts();
    assert_eq!(trip, porto());
    assert_eq!(results(reply.messages())[1].status, ToolCallStatus::OutputAccepted);
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
async fn other_calls_of_the_response_run() {
    let reply = ScriptedReply::call("work", json!({"name": "a"}))
        .and_call("final_answer", porto_json())
        .and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply]);
    let effects = Effects::default();
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert_eq!(output.await.unwrap(), porto());
    assert_eq!(effects.all(), ["a", "b"]);
}

#[tokio::test]
async fn tool_mode_accepts_a_valid_text() {
    let model = ScriptedModel::new([ScriptedReply::text(porto_json().to_string())]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert_eq!(output.await.unwrap(), porto());
}

#[tokio::test]
async fn tool_mode_rejects_another_text() {
    let model = ScriptedModel::new([
        ScriptedReply::text("You should go to Porto."),
        ScriptedReply::call("final_answer", porto_json()),
    ]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert_eq!(output.await.unwrap(), porto());
    let rejection = last_text(&model.last_request().unwrap());
    assert!(rejection.contains("it was not given by calling `final_answer`"), "{rejection}");
}

#[tokio::test]
async fn unsupported_mode_falls_back_to_the_next() {
    let model = ScriptedModel::new([
        ScriptedReply::error(unsupported("`response_format` is not supported with this model")),
        ScriptedReply::error(
            Error::new(ErrorKind::InvalidRequest, "This response_format type is unavailable now")
                .with_rejected_output_mode(),
        ),
        ScriptedReply::call("final_answer", porto_json()),
    ]);
    let agent = agent(&model).limits(Limits::default().max_turns(1)).build().unwrap();
    let (trip, reply) =
        agent.run("Plan it.").output::<Trip>().with_reply().await.unwrap().into_parts();
    assert_eq!((trip, reply.turns()), (porto(), 1));
    let requests = model.requests();
    assert!(schema(&requests[0]).is_some());
    assert_eq!(requests[1].options.response_format, Some(ResponseFormat::JsonObject));
    assert_eq!(requests[2].options.response_format, None);
    assert_eq!(tool_names(&requests[2]), ["final_answer"]);
}

#[tokio::test]
async fn other_request_errors_end_the_run() {
    for error in [
        Error::new(ErrorKind::InvalidRequest, "`messages` is too long"),
        Error::new(ErrorKind::Server, "json_schema crashed"),
    ] {
        let kind = error.kind();
        let model = ScriptedModel::new([ScriptedReply::error(error)]);
        let agent = agent(&model).build().unwrap();
        let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        model.assert_done();
    }
    // After the last mode there is no other.
    let model = ScriptedModel::new([ScriptedReply::error(unsupported("tools are not supported"))]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert!(output.await.unwrap_err().is_unsupported_parameter());
}

/// A model that supports no response format.
struct ToolsOnly(ScriptedModel);

impl Model for ToolsOnly {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("tools only").output_mode(OutputMode::Tool)
    }
}

#[tokio::test]
async fn model_sets_the_preferred_mode() {
    let model = ScriptedModel::new([ScriptedReply::call("final_answer", porto_json())]);
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let agent = agent.with_model(std::sync::Arc::new(ToolsOnly(model.clone())));
    let trip: Trip = agent.run("Plan it.").output().await.unwrap();
    assert_eq!(trip, porto());
    model.assert_done();
}

#[tokio::test]
async fn output_can_still_be_given_after_the_turn_limit() {
    let model = ScriptedModel::new([
        ScriptedReply::call("work", json!({"name": "a"})),
        ScriptedReply::call("work", json!({"name": "b"})).and_call("final_answer", porto_json()),
    ]);
    let effects = Effects::default();
    let limits = Limits::default().max_turns(1);
    let agent = agent(&model).tool(work(&effects)).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    let (trip, reply) = output.with_reply().await.unwrap().into_parts();
    assert_eq!(trip, porto());
    assert_eq!(reply.limit_reached(), Some(LimitKind::Turns));
    assert_eq!(effects.all(), ["a"]);
    let choice = model.last_request().unwrap().tool_choice;
    assert_eq!(choice, ToolChoice::Tool("final_answer".to_owned()));
}

#[tokio::test]
async fn tool_named_like_the_output_tool_is_an_error() {
    let effects = Effects::default();
    let agent = agent(&ScriptedModel::new([]))
        .tool(crate::common::named("final_answer", &effects))
        .build()
        .unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("final_answer"), "{error}");
}
