//! Suggestions for misspelled keys and names.

/// Returns the known name that is most similar to `name`, or `None` if none is similar enough.
pub(crate) fn most_similar<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, best) =
        known.iter().map(|candidate| (strsim::levenshtein(name, candidate), *candidate)).min()?;
    let bound = (name.len().min(best.len()) / 3).max(1);
    let is_prefix = !name.is_empty() && (best.starts_with(name) || name.starts_with(best));
    (distance <= bound || is_prefix).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::most_similar;

    #[test]
    fn suggests_only_similar_names() {
        let known = ["name", "group", "idempotent", "read_only", "timeout"];
        let check = |name, expected| assert_eq!(most_similar(name, &known), expected, "{name}");
        check("nmae", None);
        check("nam", Some("name"));
        check("readonly", Some("read_only"));
        check("idempotant", Some("idempotent"));
        check("timeout_ms", Some("timeout"));
        check("retries", None);
    }
}
