//! Information about the model, from the route `/info`.

use std::io::Write;

use callsign::ChatModel;

use super::SectionResult;

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> SectionResult {
    let info = model.endpoint_info().await?;
    writeln!(out, "Model name: {}", info.model_name)?;
    writeln!(out, "Model type: {}", info.model_type)?;
    writeln!(out, "Model provider name: {}", info.model_provider_name)?;
    Ok(())
}
