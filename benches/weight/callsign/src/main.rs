//! A minimal agent with one tool and one question. The argument is the address of the model.

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

/// Returns a model in memory that answers with `text`.
#[cfg(not(feature = "http"))]
fn model(text: String) -> Result<impl Model, Error> {
    Ok(memory::ConstantModel(text))
}

#[cfg(not(feature = "http"))]
mod memory {
    use callsign::model::{FinishReason, ModelEvent, ModelInfo, ModelStream, ResponseEnd};
    use callsign::prelude::*;

    pub(crate) struct ConstantModel(pub(crate) String);

    impl Model for ConstantModel {
        fn stream(&self, _request: Request) -> ModelStream<'_> {
            let text = ModelEvent::TextDelta(self.0.clone());
            let end = ModelEvent::Finished(Box::new(ResponseEnd::new(FinishReason::Stop)));
            Box::pin(futures_util::stream::iter([Ok(text), Ok(end)]))
        }

        fn info(&self) -> ModelInfo<'_> {
            ModelInfo::new("constant")
        }
    }
}
