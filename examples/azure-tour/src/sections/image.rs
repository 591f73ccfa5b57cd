//! A question about an image.

use std::io::Write;
use std::path::Path;

use callsign::model::{Image, ModelExt, Part};
use callsign::{ChatModel, Options, Request};

use super::{SectionResult, write_response};

/// A bar chart, drawn by `data/make_chart.py`.
const CHART: &[u8] = include_bytes!("../../data/chart.png");

pub(crate) async fn show(
    model: &ChatModel,
    file: Option<&Path>,
    out: &mut impl Write,
) -> SectionResult {
    let image = match file {
        Some(file) => Image::read(file).await?,
        None => Image::from_bytes(CHART)?,
    };
    let question = "Which conclusion can be extracted from the following chart?";
    let request = Request::user(vec![Part::text(question), image.into()])
        .instructions("You are a helpful assistant that can answer from images.")
        .options(Options::new().temperature(0.0).top_p(1.0).max_tokens(2048));
    let response = model.complete(request).await?;
    write_response(&response, out)?;
    Ok(())
}
