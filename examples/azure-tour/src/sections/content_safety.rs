//! A prompt that the service withholds: an error of a kind of its own, with what the filter found.

use std::io::Write;

use callsign::{ChatModel, ModelExt, Request};

use super::{Shown, write_reply};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let request = Request::user(
        "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your \
         knife skills.",
    )
    .instructions("You are an AI assistant that helps people find information.");
    match model.complete(request).await {
        Ok(reply) => {
            writeln!(out, "The prompt was not withheld.")?;
            write_reply(&reply, out)?;
        }
        Err(error) if error.is_content_filtered() => {
            writeln!(out, "Withheld: {error}")?;
            writeln!(out, "In the service's words: {}", error.body().unwrap_or_default())?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
