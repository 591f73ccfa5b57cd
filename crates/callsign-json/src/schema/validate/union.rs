//! Selection of the union member that a value is nearest to, if it matches none.

use super::violation::{Expected, Step, Violation, ViolationKind, list_keys};

/// The distance of a value from a member of a union, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// The violation is deeper inside the value.
    Inside,
    /// Keys are missing or not known.
    Keys,
    /// The value has the tag of another member.
    Tag,
    /// The value has another type.
    Type,
}

/// Returns the violations to report for the value at `path`. `members` has the violations for each
/// member of the union.
///
/// They are those of the nearest member, or one that combines what several members expect.
pub(super) fn nearest_member(path: &[Step], members: Vec<Vec<Violation>>) -> Vec<Violation> {
    let distance_of = |member: &Vec<Violation>| member.iter().map(|it| distance(path, it)).max();
    let Some(least) = members.iter().filter_map(distance_of).min() else { return Vec::new() };
    let mut near: Vec<_> =
        members.iter().filter(|member| distance_of(member) == Some(least)).cloned().collect();
    match least {
        Distance::Inside => fewest(near),
        Distance::Keys => {
            let combined = missing_in_all(&near).or_else(|| missing_in_each(&near));
            combined.map_or_else(|| fewest(near), |violation| vec![violation])
        }
        Distance::Tag | Distance::Type => {
            let Some(tag) = near.iter().flatten().find(|it| distance(path, it) == least) else {
                return fewest(near);
            };
            let tag_path = tag.path.clone();
            if tag_path.len() == path.len() {
                // The types of all other members are expected as well.
                near = members;
            }
            let all = near.iter().flatten().filter(|it| it.path == tag_path);
            let all = all.filter_map(|it| match &it.kind {
                ViolationKind::Expected(expected) => Some(expected),
                _ => None,
            });
            let kind = combine(all).map(ViolationKind::Expected);
            kind.map_or_else(|| fewest(near), |kind| vec![Violation { path: tag_path, kind }])
        }
    }
}

fn distance(path: &[Step], violation: &Violation) -> Distance {
    let depth = violation.path.len().saturating_sub(path.len());
    match &violation.kind {
        ViolationKind::Expected(expected) if depth == 0 => {
            if expected.is_other_type {
                Distance::Type
            } else {
                Distance::Tag
            }
        }
        ViolationKind::Expected(expected) if depth == 1 && expected.is_tag => Distance::Tag,
        ViolationKind::MissingKey(_) | ViolationKind::UnknownKey(_) if depth == 1 => Distance::Keys,
        _ => Distance::Inside,
    }
}

/// Returns the first member of those with the fewest violations.
fn fewest(members: Vec<Vec<Violation>>) -> Vec<Violation> {
    members.into_iter().min_by_key(Vec::len).unwrap_or_default()
}

/// Returns a key that is missing in all of several members, such as a tag.
fn missing_in_all(members: &[Vec<Violation>]) -> Option<Violation> {
    let (first, others) = members.split_first()?;
    let is_missing = |path: &[Step], member: &Vec<Violation>| {
        member.iter().any(|it| it.path == path && is_missing_key(it))
    };
    let in_all = |found: &&Violation| others.iter().all(|member| is_missing(&found.path, member));
    let found = first.iter().filter(|it| is_missing_key(it)).find(in_all)?;
    let all = members.iter().flatten().filter(|it| it.path == found.path);
    let values = all.flat_map(|it| match &it.kind {
        ViolationKind::MissingKey(values) => &values[..],
        _ => &[],
    });
    let kind = ViolationKind::MissingKey(without_repeats(values.cloned()));
    (!others.is_empty()).then(|| Violation { path: found.path.clone(), kind })
}

/// Returns the keys of which a value needs one, if each of the nearest members misses exactly one
/// key. Externally tagged enumerations have such members.
fn missing_in_each(members: &[Vec<Violation>]) -> Option<Violation> {
    let fewest = members.iter().map(Vec::len).min()?;
    let (mut keys, mut path) = (Vec::new(), &[][..]);
    for member in members.iter().filter(|member| member.len() == fewest) {
        let mut missing = member.iter().filter(|it| is_missing_key(it));
        let (violation, None) = (missing.next()?, missing.next()) else { return None };
        let (Step::Key(key), parent) = violation.path.split_last()? else { return None };
        keys.push(key.clone());
        path = parent;
    }
    let kind = ViolationKind::Other(format!("expected one of the keys {}", list_keys(&keys)));
    (keys.len() > 1).then(|| Violation { path: path.to_vec(), kind })
}

fn is_missing_key(violation: &Violation) -> bool {
    matches!(violation.kind, ViolationKind::MissingKey(_))
}

/// Combines what several members expect of one value.
fn combine<'a>(mut all: impl Iterator<Item = &'a Expected>) -> Option<Expected> {
    let mut combined = all.next()?.clone();
    for other in all {
        combined.types.extend(&other.types);
        combined.values.extend(other.values.iter().cloned());
        combined.similar = combined.similar.or_else(|| other.similar.clone());
    }
    combined.types = without_repeats(combined.types);
    combined.values = without_repeats(combined.values);
    Some(combined)
}

/// Returns the items in their order, each of them once.
pub(super) fn without_repeats<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    unique
}
