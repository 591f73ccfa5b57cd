//! Names of tools, as the wire takes them.

use super::error::Error;

/// The longest name of a tool that services take, in bytes.
const LONGEST: usize = 64;

/// What of it is left before a hash.
const LONGEST_BEFORE_HASH: usize = LONGEST - "_01234567".len();

/// The wire's rule for names, which all services share: 1 to 64 of `A-Za-z0-9_-`.
///
/// # Errors
/// Where the name breaks it.
pub(crate) fn check_tool_name(name: &str) -> Result<(), Error> {
    if (1..=LONGEST).contains(&name.len()) && name.chars().all(is_allowed) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "`{name}` can't be a tool's name: services take 1 to 64 of A-Z, a-z, 0-9, `_` and `-`"
    )))
}

/// The name that stands in for one that services don't take; `None` for one that they take.
///
/// Every character that they refuse becomes `_`: `math.factorial` becomes `math_factorial`. What is
/// too long is cut, and has a hash of the original behind it. Two names may come to one;
/// [`with_hash`] is for those.
pub(crate) fn stand_in(name: &str, original: &str) -> Option<String> {
    check_tool_name(name).err()?;
    let allowed: String = name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    Some(match allowed.len() {
        0 => "unnamed".to_owned(),
        1..=LONGEST => allowed,
        _ => with_hash(&allowed, original, 0),
    })
}

/// A name that stands in for an original, with eight hexadecimal digits of a hash of the original
/// behind it; each round has others.
pub(crate) fn with_hash(name: &str, original: &str, round: u32) -> String {
    // All of a name that stands in is ASCII.
    let kept: String = name.chars().take(LONGEST_BEFORE_HASH).collect();
    kept + &hash(original, round)
}

/// The name without the hash that [`with_hash`] put behind it, unless that is there because it was
/// too long.
pub(crate) fn without_hash<'a>(name: &'a str, original: &str) -> &'a str {
    let mut stripped = (0..8).filter_map(|round| name.strip_suffix(&hash(original, round)));
    stripped.next().filter(|name| name.len() < LONGEST_BEFORE_HASH).unwrap_or(name)
}

fn hash(original: &str, round: u32) -> String {
    let round = if round == 0 { String::new() } else { format!("\n{round}") };
    let hash = fnv1a(original.bytes().chain(round.bytes()));
    format!("_{:08x}", (hash >> 32) ^ (hash & u64::from(u32::MAX)))
}

/// FNV-1a with 64 bits. It tells things apart, and protects against nothing.
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let begin: u64 = 0xcbf2_9ce4_8422_2325;
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.into_iter().fold(begin, mix)
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
