//! A parameter that is not part of the API. The header `extra-parameters: pass-through` makes the
//! provider forward it to the model.

use std::io::Write;

use callsign::model::ModelExt;
use callsign::{ChatModel, Options};

use super::{SectionResult, question, write_response};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let request = question().options(Options::new().extra("logprobs", true));
    let response = model.complete(request).await?;
    write_response(&response, out)?;
    match response.extra.get("logprobs") {
        Some(logprobs) => writeln!(out, "Log probabilities: {logprobs}")?,
        None => writeln!(out, "The response has no log probabilities.")?,
    }
    Ok(())
}
