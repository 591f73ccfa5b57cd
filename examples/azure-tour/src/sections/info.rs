//! The model's capabilities: the route `/info`.

use std::io::Write;

use callsign::ChatModel;

use super::Shown;

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let info = model.info().await?;
    writeln!(out, "Model name: {}", info.model_name)?;
    writeln!(out, "Model type: {}", info.model_type)?;
    writeln!(out, "Model provider name: {}", info.model_provider_name)?;
    Ok(())
}
