//! The agent that is measured, as a user would write it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use callsign::prelude::*;

use crate::arguments::Arguments;

static CALLS: AtomicU64 = AtomicU64::new(0);
static AT_ONCE: AtomicU64 = AtomicU64::new(0);
static MOST_AT_ONCE: AtomicU64 = AtomicU64::new(0);

/// What is asked of the agent.
pub(crate) const QUESTION: &str = "What is the next flight from Miami to Seattle?";

/// How long a flight takes to be found.
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
    MOST_AT_ONCE.fetch_max(AT_ONCE.fetch_add(1, Relaxed) + 1, Relaxed);
    if !delay.0.is_zero() {
        tokio::time::sleep(delay.0).await;
    }
    AT_ONCE.fetch_sub(1, Relaxed);
    let found = match (&*origin_city, &*destination_city) {
        ("Miami", "Seattle") => {
            r#"{"airline":"Delta","flight_number":"DL123","flight_date":"May 7th, 2024","flight_time":"10:00AM"}"#
        }
        _ => r#"{"error": "No flights found between the cities"}"#,
    };
    found.to_owned()
}

/// An agent that knows about flights and asks this model.
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
        .limits(Limits::default().turns(10_000).tool_calls(100_000))
        .build()
}

/// How often the tool was called since the count began.
pub(crate) fn calls() -> u64 {
    CALLS.load(Relaxed)
}

/// Begins to count calls.
pub(crate) fn count_calls() {
    CALLS.store(0, Relaxed);
}

/// How many calls were under way at once, at most.
pub(crate) fn most_at_once() -> u64 {
    MOST_AT_ONCE.load(Relaxed)
}
