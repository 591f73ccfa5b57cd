//! References inside a schema.

use serde_json::Value;

/// Returns the schema that a `$ref` points to; `None` if that is not inside `root`.
///
/// Only JSON pointers are followed, such as `#/$defs/Stop`, not names of anchors.
#[must_use]
pub fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}
