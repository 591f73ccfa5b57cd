//! Tool names that providers accept.

use std::hash::Hasher;

use fnv::FnvHasher;

use super::error::Error;

/// The maximum length of a tool's name, in bytes.
const MAX_LENGTH: usize = 64;

/// The maximum length of the part of a name before its hash.
const MAX_LENGTH_BEFORE_HASH: usize = MAX_LENGTH - "_01234567".len();

/// Checks a tool's name against the rule that all providers share: 1 to 64 of `A-Za-z0-9_-`.
///
/// # Errors
/// Returns a configuration error if the name violates the rule.
#[doc(hidden)]
pub fn check_tool_name(name: &str) -> Result<(), Error> {
    if (1..=MAX_LENGTH).contains(&name.len()) && name.chars().all(is_allowed) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "invalid tool name `{name}`: providers accept 1 to 64 of A-Z, a-z, 0-9, `_` and `-`"
    )))
}

/// Returns a valid replacement for `name`; `None` if `name` is valid.
///
/// Every invalid character becomes `_`: `math.factorial` becomes `math_factorial`. A name that is
/// too long is truncated and gets a hash of `original` as its suffix. Two names may have the same
/// replacement; [`with_hash`] resolves such a conflict.
#[doc(hidden)]
pub fn sanitized_name(name: &str, original: &str) -> Option<String> {
    check_tool_name(name).err()?;
    let allowed: String = name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    Some(match allowed.len() {
        0 => "unnamed".to_owned(),
        1..=MAX_LENGTH => allowed,
        _ => with_hash(&allowed, original, 0),
    })
}

/// Returns `name` with a suffix of eight hexadecimal digits, a hash of `original`. Each `round` has
/// another hash.
#[doc(hidden)]
pub fn with_hash(name: &str, original: &str, round: u32) -> String {
    // A sanitized name is ASCII, so that each character is one byte.
    let kept: String = name.chars().take(MAX_LENGTH_BEFORE_HASH).collect();
    kept + &hash(original, round)
}

/// Removes the suffix that [`with_hash`] added to resolve a conflict. The suffix of a truncated
/// name remains.
#[doc(hidden)]
pub fn without_hash<'a>(name: &'a str, original: &str) -> &'a str {
    let mut stripped = (0..8).filter_map(|round| name.strip_suffix(&hash(original, round)));
    stripped.next().filter(|name| name.len() < MAX_LENGTH_BEFORE_HASH).unwrap_or(name)
}

fn hash(original: &str, round: u32) -> String {
    let round = if round == 0 { String::new() } else { format!("\n{round}") };
    let hash = fnv1a(format!("{original}{round}").as_bytes());
    format!("_{:08x}", (hash >> 32) ^ (hash & u64::from(u32::MAX)))
}

/// Returns the 64-bit FNV-1a hash, which is not cryptographic.
#[doc(hidden)]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
