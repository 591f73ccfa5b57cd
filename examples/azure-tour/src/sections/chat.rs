//! A chat completion.

use std::io::Write;

use callsign::ChatModel;
use callsign::model::ModelExt;

use super::{SectionResult, question, write_response};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let response = model.complete(question()).await?;
    write_response(&response, out)?;
    Ok(())
}
