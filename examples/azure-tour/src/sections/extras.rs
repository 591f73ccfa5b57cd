//! A parameter that the API does not know: it goes on to the model under the header
//! `extra-parameters: pass-through`.

use std::io::Write;

use callsign::{ChatModel, ModelExt, Options};

use super::{Shown, question, write_reply};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let request = question().options(Options::new().extra("logprobs", true));
    let reply = model.complete(request).await?;
    write_reply(&reply, out)?;
    match reply.extra.get("logprobs") {
        Some(told) => writeln!(out, "Log-probabilities: {told}")?,
        None => writeln!(out, "The model told no log-probabilities.")?,
    }
    Ok(())
}
