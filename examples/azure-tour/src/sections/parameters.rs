//! Options of a request, such as temperature, penalties and stop sequences.

use std::io::Write;

use callsign::model::{ModelExt, ResponseFormat};
use callsign::{ChatModel, Options};

use super::{SectionResult, question, write_response};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let options = Options::new()
        .presence_penalty(0.1)
        .frequency_penalty(0.8)
        .max_tokens(2048)
        .stop(["<|endoftext|>"])
        .temperature(0.0)
        .top_p(1.0)
        .response_format(ResponseFormat::Text);
    let response = model.complete(question().options(options)).await?;
    write_response(&response, out)?;
    Ok(())
}
