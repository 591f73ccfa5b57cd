//! A tool: a function that the model can call.

use std::io::Write;

use callsign::prelude::*;

use super::SectionResult;

/// Information about a route.
#[data]
struct FlightInfo {
    info: String,
}

/// Returns information about the next flight between two cities. This includes the name of the
/// airline, flight number and the date and time of the next flight.
#[tool(read_only)]
async fn get_flight_info(
    /// The name of the city where the flight originates
    origin_city: String,
    /// The flight destination city
    destination_city: String,
) -> FlightInfo {
    let info = format!(
        "There are no flights available from {origin_city} to {destination_city}. You should take \
         a train, specially if it helps to reduce CO2 emissions."
    );
    FlightInfo { info }
}

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let agent = Agent::builder(model.clone())
        .instructions(
            "You help people find out about travelling and the ways to get to places. You care \
             about the environment.",
        )
        .tools(tools![get_flight_info])
        .build()?;
    let mut run = agent.run("When is the next flight from Miami to Seattle?").stream();
    while let Some(event) = run.next().await {
        match event {
            Event::ToolCall(call) => writeln!(out, "Call: {} {}", call.name, call.arguments)?,
            Event::ToolResult(result) => writeln!(out, "Result: {}", result.content.text())?,
            Event::TextDelta(text) => write!(out, "{text}")?,
            _ => {}
        }
    }
    writeln!(out)?;
    run.await?;
    Ok(())
}
