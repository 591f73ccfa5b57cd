//! A minimal agent on genai, with one tool and one question. The argument is the address of the
//! model.

use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest, Tool, ToolCall, ToolResponse};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};
use serde_json::json;

#[derive(serde::Deserialize)]
struct Flight {
    origin_city: String,
    destination_city: String,
}

fn get_flight_info(call: &ToolCall) -> Result<ToolResponse, serde_json::Error> {
    let Flight { origin_city, destination_city } =
        serde_json::from_value(call.fn_arguments.clone())?;
    let info = format!("DL123 from {origin_city} to {destination_city} at 10:00AM");
    Ok(ToolResponse::new(call.call_id.clone(), info))
}

fn tool() -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {
            "origin_city": {
                "type": "string",
                "description": "The name of the city where the flight originates.",
            },
            "destination_city": {
                "type": "string",
                "description": "The flight destination city.",
            },
        },
        "required": ["origin_city", "destination_city"],
        "additionalProperties": false,
    });
    let tool = Tool::new("get_flight_info").with_schema(schema);
    tool.with_description("Returns the next flight between two cities.")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let address = format!("{}/", address.trim_end_matches('/'));
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(address.clone()),
                auth: AuthData::from_single("sk-test"),
                model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
            })
        },
    );
    let client = Client::builder().with_service_target_resolver(resolver).build()?;
    let question = ChatMessage::user("When is the next flight from Miami to Seattle?");
    let mut request = ChatRequest::new(vec![question]).with_tools(vec![tool()]);
    loop {
        let reply = client.exec_chat("loop-1", request.clone(), None).await?;
        let text = reply.first_text().unwrap_or_default().to_owned();
        let calls = reply.into_tool_calls();
        if calls.is_empty() {
            println!("{text}");
            return Ok(());
        }
        let results: Vec<_> = calls.iter().map(get_flight_info).collect::<Result<_, _>>()?;
        request = request.append_message(calls);
        for result in results {
            request = request.append_message(result);
        }
    }
}
