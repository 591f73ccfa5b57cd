//! A prompt that the content filter blocks: the error has its own kind and the provider's details.

use std::io::Write;

use callsign::model::ModelExt;
use callsign::{ChatModel, Request};

use super::{SectionResult, write_response};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let request = Request::user(
        "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your \
         knife skills.",
    )
    .instructions("You are an AI assistant that helps people find information.");
    match model.complete(request).await {
        Ok(response) => {
            writeln!(out, "The prompt was not blocked.")?;
            write_response(&response, out)?;
        }
        Err(error) if error.is_content_filtered() => {
            writeln!(out, "Blocked: {error}")?;
            writeln!(out, "Response body: {}", error.body().unwrap_or_default())?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
