//! Lookup of airports by the name of a place.

use std::collections::BTreeMap;

use super::airport::AirportRow;
use super::error::LookupError;
use super::load::PlaceRow;

/// The minimum Jaro-Winkler similarity, at most 1, of a suggestion.
const MIN_SIMILARITY: f64 = 0.85;

/// The length of an airport code. Codes are too short to be suggested.
const CODE_LENGTH: usize = 3;

/// The maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 3;

/// A place and the airports that serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    /// Indices in `Tables::airports`.
    pub(super) airports: Vec<usize>,
}

impl Place {
    /// Returns whether an airport serves both places.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.airports.iter().any(|airport| other.airports.contains(airport))
    }
}

/// The places by their normalized names. A name with several places means cities of different
/// states.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<String, Vec<Place>>);

impl Places {
    /// Builds the index from the airports and from `rows`, the table of other names.
    ///
    /// Names from `rows` replace the names of cities. Airport codes replace both.
    pub(super) fn new(rows: &[PlaceRow], airports: &[AirportRow]) -> Self {
        let mut names: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for row in airports {
            let city = city_of(row, airports);
            for name in with_state(row.city, row.state_code, row.state) {
                let known = names.entry(name).or_default();
                if !known.contains(&city) {
                    known.push(city.clone());
                }
            }
        }
        for row in rows {
            let place = Place { name: row.name.to_owned(), airports: row.airports.clone() };
            let state = airports.iter().find(|airport| airport.state_code == row.state_code);
            let state = state.map_or("", |airport| airport.state);
            for name in with_state(row.name, row.state_code, state) {
                names.insert(name, vec![place.clone()]);
            }
        }
        for (index, row) in airports.iter().enumerate() {
            let airport =
                Place { name: format!("{} ({})", row.city, row.code), airports: vec![index] };
            // An airport named after its city normalizes to the name of the city, which stays.
            names.entry(normalize(row.name)).or_insert_with(|| vec![airport.clone()]);
            names.insert(normalize(row.code), vec![airport]);
        }
        Self(names)
    }

    /// Returns the place that `name` means.
    ///
    /// # Errors
    ///
    /// Returns an error if no place or several places have the name.
    pub(super) fn find(&self, name: &str, airports: &[AirportRow]) -> Result<&Place, LookupError> {
        let normalized = normalize(name);
        let without_city = || self.0.get(normalized.strip_suffix(" city")?);
        // The timetable itself names airports in the form "Seattle (SEA)".
        let in_brackets = || {
            let (_, code) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
            self.0.get(&normalize(code))
        };
        let found = self.0.get(&normalized).or_else(without_city).or_else(in_brackets);
        let name = name.to_owned();
        match found.map(Vec::as_slice) {
            Some([place]) => Ok(place),
            Some(places) => {
                let cities = places.iter().map(|place| in_state(place, airports)).collect();
                Err(LookupError::AmbiguousPlace { name, cities })
            }
            None => Err(LookupError::UnknownPlace { name, similar: self.similar(&normalized) }),
        }
    }

    /// Returns the names that are most similar to `unknown`, the most similar first.
    fn similar(&self, unknown: &str) -> Vec<String> {
        let names = self.0.iter().filter(|(name, _)| name.len() > CODE_LENGTH);
        let mut candidates: Vec<_> = names
            .flat_map(|(name, places)| {
                let similarity = strsim::jaro_winkler(name, unknown);
                places.iter().map(move |place| (similarity, place))
            })
            .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
            .collect();
        candidates.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        let mut suggestions: Vec<&Place> = Vec::new();
        for (_, place) in candidates {
            // Several names can mean the same place.
            if suggestions.iter().all(|earlier| earlier.airports != place.airports) {
                suggestions.push(place);
            }
        }
        suggestions.iter().take(MAX_SUGGESTIONS).map(|place| place.name.clone()).collect()
    }
}

/// Returns the city of an airport, with all airports that serve it.
fn city_of(row: &AirportRow, airports: &[AirportRow]) -> Place {
    let is_same_city =
        |&index: &usize| (airports[index].city, airports[index].state) == (row.city, row.state);
    let airports = (0..airports.len()).filter(is_same_city).collect();
    Place { name: row.city.to_owned(), airports }
}

/// Returns the normalized name alone, with the code of the state, and with the state.
fn with_state(name: &str, state_code: &str, state: &str) -> [String; 3] {
    ["", state_code, state].map(|state| normalize(&format!("{name} {state}")))
}

fn in_state(place: &Place, airports: &[AirportRow]) -> String {
    match place.airports.first().and_then(|&index| airports.get(index)) {
        Some(airport) => format!("{}, {}", place.name, airport.state),
        None => place.name.clone(),
    }
}

/// Returns `name` in lower case, without punctuation and without "International Airport".
///
/// "Saint" becomes "st" and "Ft" becomes "fort".
fn normalize(name: &str) -> String {
    let is_removed = |c: char| matches!(c, '.' | '\'' | '’');
    let lower: String =
        name.chars().filter(|&c| !is_removed(c)).flat_map(char::to_lowercase).collect();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<_> = words
        .map(|word| match word {
            "saint" => "st",
            "ft" => "fort",
            word => word,
        })
        .collect();
    while words.len() > 1 && matches!(words.last(), Some(&("airport" | "international" | "usa"))) {
        words.pop();
    }
    words.join(" ")
}
