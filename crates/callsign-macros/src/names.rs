//! What a misspelt word was meant to be.

/// The known word that is nearest to this one, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, best) =
        known.iter().map(|candidate| (distance(word, candidate), *candidate)).min()?;
    let bound = (word.len().min(best.len()) / 3).max(1);
    let is_part = !word.is_empty() && (best.starts_with(word) || word.starts_with(best));
    (distance <= bound || is_part).then_some(best)
}

/// The number of letters to put in, take out or change to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["name", "group", "idempotent", "read_only", "timeout"];
        let check = |word, meant| assert_eq!(nearest(word, &known), meant, "{word}");
        check("nmae", None);
        check("nam", Some("name"));
        check("readonly", Some("read_only"));
        check("idempotant", Some("idempotent"));
        check("timeout_ms", Some("timeout"));
        check("retries", None);
    }
}
