//! Keys that a schema requires but does not allow.

use super::compile::ObjectRules;
use super::violation::list_keys;

/// Returns the reason why no value would be valid, if a required key is not allowed by a schema that
/// refuses unknown keys. The key is no longer required then, and unknown keys are allowed.
pub(super) fn resolve(rules: &mut ObjectRules) -> Option<String> {
    if !rules.patterns.is_empty() || rules.is_partial {
        return None;
    }
    let key = rules.required.iter().find(|key| !rules.properties.contains_key(*key))?.clone();
    let known = if rules.keys.is_empty() { "none".to_owned() } else { list_keys(&rules.keys) };
    let reason = format!(
        "the key `{key}` is required, but not allowed: `additionalProperties` is false, and the \
         keys in `properties` are {known}"
    );
    rules.required.retain(|key| rules.properties.contains_key(key));
    rules.is_partial = true;
    Some(reason)
}
