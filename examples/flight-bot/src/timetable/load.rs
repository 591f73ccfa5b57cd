//! Parsing of the built-in data.

use std::collections::HashMap;

use jiff::civil::Time;

use super::airport::AirportRow;
use super::clock::{Date, Moment};
use super::departure::{Departure, Outcome};
use super::error::{DataError, DataProblem};
use super::source::{Source, index_of, parse};

const AIRLINES: Source =
    Source { file: "airlines.csv", text: include_str!("../../data/airlines.csv") };
const AIRPORTS: Source =
    Source { file: "airports.csv", text: include_str!("../../data/airports.csv") };
const PLACES: Source = Source { file: "places.csv", text: include_str!("../../data/places.csv") };

/// Expands to the days in order, each with its file.
macro_rules! days {
    ($($day:literal)*) => {
        [$((
            $day,
            Source {
                file: concat!("flights/", $day, ".csv"),
                text: include_str!(concat!("../../data/flights/", $day, ".csv")),
            },
        )),*]
    };
}

const DAYS: [(&str, Source); 12] = days!(
    "2013-07-01" "2013-07-02" "2013-07-03" "2013-07-04" "2013-07-05" "2013-07-06"
    "2013-07-07" "2013-07-08" "2013-07-09" "2013-07-10" "2013-07-11" "2013-07-12"
);

/// The tables of the data.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) airlines: Vec<AirlineRow>,
    pub(super) airports: Vec<AirportRow>,
    pub(super) places: Vec<PlaceRow>,
    /// Sorted by scheduled departure.
    pub(super) departures: Vec<Departure>,
}

/// A row of `airlines.csv`.
#[derive(Debug)]
pub(super) struct AirlineRow {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
}

/// A row of `places.csv`: another name for a place, and the airports it means.
#[derive(Debug)]
pub(super) struct PlaceRow {
    pub(super) name: &'static str,
    /// Empty for names that are not used with a state, such as NYC.
    pub(super) state_code: &'static str,
    /// Indices in `Tables::airports`.
    pub(super) airports: Vec<usize>,
}

/// Parses all files.
pub(super) fn tables() -> Result<Tables, DataError> {
    let airlines = AIRLINES.rows(|[code, name]| Ok(AirlineRow { code, name }))?;
    let airports = AIRPORTS.rows(airport)?;
    let airline_index =
        airlines.iter().enumerate().map(|(index, airline)| (airline.code, index)).collect();
    let airport_index =
        airports.iter().enumerate().map(|(index, airport)| (airport.code, index)).collect();
    let places = PLACES.rows(|[name, state_code, codes]| {
        let airports = codes.split(' ').map(|code| index_of(&airport_index, "airport", code));
        Ok(PlaceRow { name, state_code, airports: airports.collect::<Result<_, _>>()? })
    })?;
    let mut departures = Vec::new();
    for (day, source) in DAYS {
        let day = parse(day, "date").map_err(|problem| DataError {
            file: source.file,
            line: 1,
            problem,
        })?;
        departures
            .extend(source.rows(|fields| {
                departure(day, fields, &airline_index, &airport_index, &airports)
            })?);
    }
    Ok(Tables { airlines, airports, places, departures })
}

fn airport(
    [code, name, city, state_code, state, _, _, offset]: [&'static str; 8],
) -> Result<AirportRow, DataProblem> {
    let invalid = DataProblem::InvalidField { expected: "UTC offset", text: offset };
    let (hours, minutes) = offset.split_once(':').ok_or(invalid)?;
    let (hours, minutes): (i64, i64) = (parse(hours, "hour")?, parse(minutes, "minute")?);
    let utc_offset = hours * 60 + if hours < 0 { -minutes } else { minutes };
    Ok(AirportRow { code, name, city, state_code, state, utc_offset })
}

fn departure(
    day: Date,
    [carrier, number, origin, destination, departs, arrives, departure_delay, arrival_delay]: [&'static str;
        8],
    airline_index: &HashMap<&str, usize>,
    airport_index: &HashMap<&str, usize>,
    airports: &[AirportRow],
) -> Result<Departure, DataProblem> {
    let origin = index_of(airport_index, "airport", origin)?;
    let destination = index_of(airport_index, "airport", destination)?;
    let offset_difference = airports[destination].utc_offset - airports[origin].utc_offset;
    let scheduled = Moment::on(day, parse::<Time>(departs, "time of day")?);
    let arrives = Moment::on(day, parse::<Time>(arrives, "time of day")?);
    Ok(Departure {
        airline: index_of(airline_index, "airline", carrier)?,
        number: parse(number, "flight number")?,
        origin,
        destination,
        scheduled,
        // The data does not have the day of arrival. Every flight takes less than a day.
        duration: (arrives.minutes_since(scheduled) - offset_difference).rem_euclid(24 * 60),
        outcome: match (departure_delay, arrival_delay) {
            ("", _) => Outcome::Cancelled,
            (departure, "") => Outcome::Diverted { departure_delay: parse(departure, "delay")? },
            (departure, arrival) => Outcome::Landed {
                departure_delay: parse(departure, "delay")?,
                arrival_delay: parse(arrival, "delay")?,
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_parse() {
        let tables = tables().unwrap();
        let rows = [
            tables.airlines.len(),
            tables.airports.len(),
            tables.places.len(),
            tables.departures.len(),
        ];
        assert_eq!(rows, [15, 96, 42, 11_209]);
        assert!(tables.departures.is_sorted_by_key(|departure| departure.scheduled));
        for departure in &tables.departures {
            assert!((35..=11 * 60).contains(&departure.duration), "{departure:?}");
        }
    }
}
