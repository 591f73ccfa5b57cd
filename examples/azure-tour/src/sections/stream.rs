//! A streamed response.

use std::io::Write;

use callsign::{Agent, ChatModel, Event, Options};

use super::SectionResult;

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let agent = Agent::builder(model.clone())
        .instructions("You are a helpful assistant.")
        .options(Options::new().temperature(0.0).top_p(1.0).max_tokens(2048))
        .build()?;
    let mut run = agent.run("How many languages are in the world?").stream();
    let mut deltas = 0;
    while let Some(event) = run.next().await {
        if let Event::TextDelta(text) = event {
            write!(out, "{text}")?;
            out.flush()?;
            deltas += 1;
        }
    }
    writeln!(out, "\nText deltas: {deltas}")?;
    // An error of the run is returned here, not as an event.
    let reply = run.await?;
    writeln!(out, "Finish reason: {}", reply.finish_reason())?;
    writeln!(out, "Total tokens: {}", reply.usage().total_tokens())?;
    Ok(())
}
