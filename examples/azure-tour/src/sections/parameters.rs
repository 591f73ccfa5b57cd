//! More of what can be said about how the model should work.

use std::io::Write;

use callsign::{ChatModel, ModelExt, Options, ResponseFormat};

use super::{Shown, question, write_reply};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let options = Options::new()
        .presence_penalty(0.1)
        .frequency_penalty(0.8)
        .max_tokens(2048)
        .stop(["<|endoftext|>"])
        .temperature(0.0)
        .top_p(1.0)
        .response_format(ResponseFormat::Text);
    let reply = model.complete(question().options(options)).await?;
    write_reply(&reply, out)?;
    Ok(())
}
