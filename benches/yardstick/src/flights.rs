//! The agent to measure, as a user would write it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use callsign::prelude::*;

use crate::arguments::Arguments;

static CALLS: AtomicU64 = AtomicU64::new(0);
static RUNNING: AtomicU64 = AtomicU64::new(0);
static MAX_RUNNING: AtomicU64 = AtomicU64::new(0);

/// The message of the user.
pub(crate) const QUESTION: &str = "What is the next flight from Miami to Seattle?";

/// The duration of a tool call.
#[derive(Debug)]
pub(crate) struct Delay(pub(crate) Duration);

/// Returns information about the next flight between two cities. This includes the name of the airline, flight number and the date and time of the next flight
#[tool(read_only)]
async fn get_flight_info(
    /// The name of the city where the flight originates
    origin_city: String,
    /// The flight destination city
    destination_city: String,
    #[state] delay: &Delay,
) -> String {
    CALLS.fetch_add(1, Relaxed);
    MAX_RUNNING.fetch_max(RUNNING.fetch_add(1, Relaxed) + 1, Relaxed);
    if !delay.0.is_zero() {
        tokio::time::sleep(delay.0).await;
    }
    RUNNING.fetch_sub(1, Relaxed);
    let found = match (&*origin_city, &*destination_city) {
        ("Miami", "Seattle") => {
            r#"{"airline":"Delta","flight_number":"DL123","flight_date":"May 7th, 2024","flight_time":"10:00AM"}"#
        }
        _ => r#"{"error": "No flights found between the cities"}"#,
    };
    found.to_owned()
}

/// Returns an agent that uses `model`.
pub(crate) fn agent(arguments: &Arguments, model: &str, stream: bool) -> Result<Agent, Error> {
    let model = ChatModel::builder(&*arguments.base_url)
        .model(model)
        .key("sk-test")
        .streaming(stream)
        .build()?;
    Agent::builder(model)
        .instructions("You an assistant that helps users find flight information.")
        .tools(tools![get_flight_info])
        .state(Delay(Duration::from_millis(arguments.tool_sleep_ms)))
        .limits(Limits::default().max_turns(10_000).max_tool_calls(100_000))
        .build()
}

/// Returns the number of tool calls since [`reset_calls`].
pub(crate) fn calls() -> u64 {
    CALLS.load(Relaxed)
}

/// Sets the number of tool calls to zero.
pub(crate) fn reset_calls() {
    CALLS.store(0, Relaxed);
}

/// Returns the maximum number of concurrent tool calls.
pub(crate) fn max_concurrent_calls() -> u64 {
    MAX_RUNNING.load(Relaxed)
}
