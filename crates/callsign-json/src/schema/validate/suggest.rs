//! Suggestions for misspelled names.

/// Returns the name that is most similar to `name`; `None` if none is similar enough.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = normalize(name);
    let max = 1 + name.chars().count() / 5;
    let similar = names.filter_map(|known| Some((distance(&name, &normalize(known), max)?, known)));
    similar.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Removes the difference between naming conventions, such as `maxPrice` and `max_price`.
fn normalize(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Returns the Levenshtein distance of two names; `None` if it is above `max`.
fn distance(a: &str, b: &str, max: usize) -> Option<usize> {
    let lengths = (a.chars().count(), b.chars().count());
    // A model may write a whole text instead of one of a few names.
    if lengths.0.abs_diff(lengths.1) > max {
        return None;
    }
    // Short names would be similar without a common character.
    if lengths.0.min(lengths.1) <= max && a != b {
        return None;
    }
    Some(strsim::levenshtein(a, b)).filter(|distance| *distance <= max)
}
