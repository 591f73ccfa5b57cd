//! A response in JSON. The API requires that the messages ask for JSON too.

use std::io::Write;

use callsign::model::{ModelExt, ResponseFormat};
use callsign::{ChatModel, Options};
use serde_json::Value;

use super::{SectionResult, question};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let request = question()
        .instructions(
            "You are a helpful assistant that always answers in JSON, in the form \
             {\"answer\": \"response\"}.",
        )
        .options(Options::new().response_format(ResponseFormat::JsonObject));
    let response = model.complete(request).await?;
    let answer: Value = serde_json::from_str(response.text())?;
    writeln!(out, "{answer:#}")?;
    Ok(())
}
