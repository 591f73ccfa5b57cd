//! The smallest agent: one tool, one question, at the address that is given as the argument.

use callsign::prelude::*;

/// Returns the next flight between two cities.
#[tool(read_only)]
fn get_flight_info(
    /// The name of the city where the flight originates.
    origin_city: String,
    /// The flight destination city.
    destination_city: String,
) -> String {
    format!("DL123 from {origin_city} to {destination_city} at 10:00AM")
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let agent = Agent::builder(model(address)?).tools(tools![get_flight_info]).build()?;
    println!("{}", agent.run("When is the next flight from Miami to Seattle?").await?);
    Ok(())
}

#[cfg(feature = "http")]
fn model(address: String) -> Result<impl Model, Error> {
    ChatModel::builder(address).model("loop-1").key("sk-test").build()
}

/// A model in memory, which says what is given as the argument.
#[cfg(not(feature = "http"))]
fn model(text: String) -> Result<impl Model, Error> {
    Ok(memory::Says(text))
}

#[cfg(not(feature = "http"))]
mod memory {
    use callsign::prelude::*;
    use callsign::{FinishReason, Finished, ModelEvent, ModelStream};

    pub(crate) struct Says(pub(crate) String);

    impl Model for Says {
        fn stream(&self, _request: Request) -> ModelStream<'_> {
            let text = ModelEvent::TextDelta(self.0.clone());
            let end = ModelEvent::Finished(Box::new(Finished::new(FinishReason::Stop)));
            Box::pin(futures_util::stream::iter([Ok(text), Ok(end)]))
        }

        fn name(&self) -> &str {
            "says"
        }
    }
}
