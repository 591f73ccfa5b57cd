//! A call's arguments, as the tool takes them; or what is wrong with them, for the model.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::coerce::coerced;
pub(crate) use super::mend::mended;
use super::toolbox::Slot;

/// Arguments that are what a tool takes.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The text of a JSON object. It is what the model sent, unless that was repaired or coerced.
    pub(crate) text: Arc<str>,
    /// The same, parsed.
    pub(crate) value: Value,
}

/// The arguments, if they are what the tool takes; else why not, for the model to read.
pub(crate) fn check(slot: &Slot, json: &str) -> Result<Checked, String> {
    // Models leave them out, or send `null`, where a tool takes none.
    let json: Cow<'_, str> = match json.trim() {
        "" | "null" => "{}".into(),
        json => json.into(),
    };
    let value: Value = serde_json::from_str(&json)
        .map_err(|error| format!("they are not valid JSON ({error}); send one JSON object"))?;
    if !value.is_object() {
        return Err("they are not a JSON object; send one JSON object".to_owned());
    }
    let spec = slot.tool.spec();
    let coerced = spec.coerce.then(|| coerced(&spec.definition.parameters, &value)).flatten();
    let checked = match coerced {
        Some(value) => Checked { text: value.to_string().into(), value },
        None => Checked { text: json.into(), value },
    };
    #[cfg(feature = "validate")]
    slot.validator.check(&checked.value)?;
    Ok(checked)
}
