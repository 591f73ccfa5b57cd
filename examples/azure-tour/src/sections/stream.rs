//! The answer, piece by piece.

use std::io::Write;

use callsign::{Agent, ChatModel, Event, Options};

use super::Shown;

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let agent = Agent::builder(model.clone())
        .instructions("You are a helpful assistant.")
        .options(Options::new().temperature(0.0).top_p(1.0).max_tokens(2048))
        .build()?;
    let mut run = agent.run("How many languages are in the world?").stream();
    let mut pieces = 0;
    while let Some(event) = run.next().await {
        if let Event::TextDelta(text) = event {
            write!(out, "{text}")?;
            out.flush()?;
            pieces += 1;
        }
    }
    writeln!(out, "\nPieces: {pieces}")?;
    // Whether it went well is known at the end.
    let reply = run.await?;
    writeln!(out, "Finish reason: {}", reply.finish_reason())?;
    writeln!(out, "Total tokens: {}", reply.usage().total_tokens())?;
    Ok(())
}
