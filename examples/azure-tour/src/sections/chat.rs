//! A chat completion.

use std::io::Write;

use callsign::{ChatModel, ModelExt};

use super::{Shown, question, write_reply};

pub(crate) async fn show(model: &ChatModel, out: &mut impl Write) -> Shown {
    let reply = model.complete(question()).await?;
    write_reply(&reply, out)?;
    Ok(())
}
