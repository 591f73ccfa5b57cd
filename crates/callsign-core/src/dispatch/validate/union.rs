//! Which member of a union was meant by a value that fits none.

use serde_json::Value;

use super::fault::{Expected, Fault, Kind, Step, names};

/// How far a value is from a member of a union, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Miss {
    /// It is the member's, with a fault inside.
    Inside,
    /// Keys are missing or not known.
    Keys,
    /// It has the tag of another member.
    Tag,
    /// It is of another type.
    Type,
}

/// What is said of a value at this place, of which these are the faults for each member of the
/// union: those of the member that it is nearest to, or what the members expect together.
pub(super) fn best(place: &[Step], members: Vec<Vec<Fault>>) -> Vec<Fault> {
    let missed = |faults: &Vec<Fault>| faults.iter().map(|it| miss(place, it)).max();
    let Some(nearest) = members.iter().filter_map(missed).min() else { return Vec::new() };
    let mut near: Vec<_> =
        members.iter().filter(|faults| missed(faults) == Some(nearest)).cloned().collect();
    match nearest {
        Miss::Inside => fewest(near),
        Miss::Keys => {
            let said = missing_of_all(&near).or_else(|| missing_of_each(&near));
            said.map_or_else(|| fewest(near), |fault| vec![fault])
        }
        Miss::Tag | Miss::Type => {
            let Some(tag) = near.iter().flatten().find(|it| miss(place, it) == nearest) else {
                return fewest(near);
            };
            let path = tag.path.clone();
            if path.len() == place.len() {
                // A member of another type is a choice as well.
                near = members;
            }
            let all = near.iter().flatten().filter(|it| it.path == path);
            let all = all.filter_map(|it| match &it.kind {
                Kind::Expected(expected) => Some(expected),
                _ => None,
            });
            let kind = together(all).map(Kind::Expected);
            kind.map_or_else(|| fewest(near), |kind| vec![Fault { path, kind }])
        }
    }
}

fn miss(place: &[Step], fault: &Fault) -> Miss {
    let below = fault.path.len().saturating_sub(place.len());
    match &fault.kind {
        Kind::Expected(expected) if below == 0 => {
            if expected.is_other_type {
                Miss::Type
            } else {
                Miss::Tag
            }
        }
        Kind::Expected(expected) if below == 1 && expected.is_tag => Miss::Tag,
        Kind::Missing(_) | Kind::Unknown(_) if below == 1 => Miss::Keys,
        _ => Miss::Inside,
    }
}

/// The first member of those with the fewest faults.
fn fewest(members: Vec<Vec<Fault>>) -> Vec<Fault> {
    members.into_iter().min_by_key(Vec::len).unwrap_or_default()
}

/// The key that all of several members miss, such as a tag.
fn missing_of_all(members: &[Vec<Fault>]) -> Option<Fault> {
    let (first, others) = members.split_first()?;
    let is_missed = |path: &[Step], faults: &Vec<Fault>| {
        faults.iter().any(|it| it.path == path && matches!(it.kind, Kind::Missing(_)))
    };
    let of_all = |fault: &&Fault| others.iter().all(|faults| is_missed(&fault.path, faults));
    let found = first.iter().filter(|it| matches!(it.kind, Kind::Missing(_))).find(of_all)?;
    let all = members.iter().flatten().filter(|it| it.path == found.path);
    let values = all.flat_map(|it| match &it.kind {
        Kind::Missing(values) => &values[..],
        _ => &[],
    });
    let kind = Kind::Missing(without_repeats(values.cloned()));
    (!others.is_empty()).then(|| Fault { path: found.path.clone(), kind })
}

/// The keys of which a value needs one: those that each of the nearest members misses alone, as
/// variants do that are told apart by their key.
fn missing_of_each(members: &[Vec<Fault>]) -> Option<Fault> {
    let fewest = members.iter().map(Vec::len).min()?;
    let (mut keys, mut place) = (Vec::new(), &[][..]);
    for faults in members.iter().filter(|faults| faults.len() == fewest) {
        let mut missing = faults.iter().filter(|it| matches!(it.kind, Kind::Missing(_)));
        let (fault, None) = (missing.next()?, missing.next()) else { return None };
        let (Step::Key(key), above) = fault.path.split_last()? else { return None };
        keys.push(key.clone());
        place = above;
    }
    let kind = Kind::Other(format!("expected one of the keys {}", names(&keys)));
    (keys.len() > 1).then(|| Fault { path: place.to_vec(), kind })
}

/// Any of what is expected.
fn together<'a>(mut all: impl Iterator<Item = &'a Expected>) -> Option<Expected> {
    let mut together = all.next()?.clone();
    for other in all {
        together.types.extend(&other.types);
        together.values.extend(other.values.iter().cloned());
        together.near = together.near.or_else(|| other.near.clone());
    }
    together.types = without_repeats(together.types);
    together.values = without_repeats(together.values);
    Some(together)
}

pub(super) fn without_repeats<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

/// The values that a schema allows, where it names them.
pub(super) fn allowed_values(schema: &Value) -> Vec<Value> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(only), _) => vec![only.clone()],
        (None, Some(Value::Array(all))) => all.clone(),
        _ => Vec::new(),
    }
}
