//! An answer in JSON, which the instructions have to ask for as well.

use std::io::Write;

use callsign::{ChatModel, ModelExt, Options, ResponseFormat};
use serde_json::Value;

use super::{Shown, question};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let request = question()
        .instructions(
            "You are a helpful assistant that always answers in JSON, in the form \
             {\"answer\": \"response\"}.",
        )
        .options(Options::new().response_format(ResponseFormat::JsonObject));
    let reply = model.complete(request).await?;
    let answer: Value = serde_json::from_str(reply.text())?;
    writeln!(out, "{answer:#}")?;
    Ok(())
}
