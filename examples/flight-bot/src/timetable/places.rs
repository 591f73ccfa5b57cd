//! From the name of a place to its airports.

use std::collections::BTreeMap;

use super::airport::AirportRow;
use super::error::LookupError;
use super::load::PlaceRow;

/// How alike a name must be (Jaro-Winkler, at most 1) to be worth proposing.
const ALIKE: f64 = 0.85;

/// How long an airport's code is: too short to look like anything.
const CODE: usize = 3;

/// How many names are proposed at most.
const PROPOSED: usize = 3;

/// A place and the airports that serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) airports: Vec<usize>,
}

impl Place {
    /// Does an airport serve both places?
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.airports.iter().any(|airport| other.airports.contains(airport))
    }
}

/// All names by which places are known, in plain words. Several places behind one name are cities
/// of different states.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<String, Vec<Place>>);

impl Places {
    /// Cities with and without their states, then the table of places, which knows better, then the
    /// airports' own names and codes.
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
        for (at, row) in airports.iter().enumerate() {
            let airport =
                Place { name: format!("{} ({})", row.city, row.code), airports: vec![at] };
            // "Nashville International Airport" is in plain words the name of its city.
            names.entry(plain(row.name)).or_insert_with(|| vec![airport.clone()]);
            names.insert(plain(row.code), vec![airport]);
        }
        Self(names)
    }

    /// The one place that a name means.
    pub(super) fn find(&self, name: &str, airports: &[AirportRow]) -> Result<&Place, LookupError> {
        let wanted = plain(name);
        let without_city = || self.0.get(wanted.strip_suffix(" city")?);
        // "Seattle (SEA)" is how this timetable itself names an airport.
        let in_brackets = || {
            let (_, code) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
            self.0.get(&plain(code))
        };
        let found = self.0.get(&wanted).or_else(without_city).or_else(in_brackets);
        let name = name.to_owned();
        match found.map(Vec::as_slice) {
            Some([place]) => Ok(place),
            Some(places) => {
                let cities = places.iter().map(|place| in_state(place, airports)).collect();
                Err(LookupError::AmbiguousPlace { name, cities })
            }
            None => Err(LookupError::UnknownPlace { name, near: self.near(&wanted) }),
        }
    }

    /// The names that look most like one that is not known, best first.
    fn near(&self, wanted: &str) -> Vec<String> {
        let known = self.0.iter().filter(|(known, _)| known.len() > CODE);
        let mut near: Vec<_> = known
            .flat_map(|(known, places)| {
                let alike = strsim::jaro_winkler(known, wanted);
                places.iter().map(move |place| (alike, place))
            })
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut proposed: Vec<&Place> = Vec::new();
        for (_, place) in near {
            if proposed.iter().all(|known| known.airports != place.airports) {
                proposed.push(place);
            }
        }
        proposed.iter().take(PROPOSED).map(|place| place.name.clone()).collect()
    }
}

/// The city of an airport, with all airports that serve it.
fn city_of(row: &AirportRow, airports: &[AirportRow]) -> Place {
    let same = |&at: &usize| (airports[at].city, airports[at].state) == (row.city, row.state);
    Place { name: row.city.to_owned(), airports: (0..airports.len()).filter(same).collect() }
}

/// A name in plain words: alone, with its state's code, and with its state's name.
fn with_state(name: &str, state_code: &str, state: &str) -> [String; 3] {
    ["", state_code, state].map(|state| plain(&format!("{name} {state}")))
}

fn in_state(place: &Place, airports: &[AirportRow]) -> String {
    match place.airports.first().and_then(|&at| airports.get(at)) {
        Some(airport) => format!("{}, {}", place.name, airport.state),
        None => place.name.clone(),
    }
}

/// A name in plain words: lower case, no punctuation, "Saint" and "Fort" written one way, no
/// "International Airport".
fn plain(name: &str) -> String {
    let dropped = |c: char| matches!(c, '.' | '\'' | '’');
    let kept: String = name.chars().filter(|&c| !dropped(c)).flat_map(char::to_lowercase).collect();
    let words = kept.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
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
