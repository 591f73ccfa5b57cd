//! Reads the data that is part of the program.

use std::collections::HashMap;

use jiff::civil::Time;

use super::airport::AirportRow;
use super::clock::{Date, Moment};
use super::departure::{Departure, Outcome};
use super::error::{DataError, DataProblem};
use super::source::{Source, known, read};

const AIRLINES: Source =
    Source { file: "airlines.csv", text: include_str!("../../data/airlines.csv") };
const AIRPORTS: Source =
    Source { file: "airports.csv", text: include_str!("../../data/airports.csv") };
const PLACES: Source = Source { file: "places.csv", text: include_str!("../../data/places.csv") };

/// The days of the slice, in order, each with its file.
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

/// All tables, as they are in the files.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) airlines: Vec<AirlineRow>,
    pub(super) airports: Vec<AirportRow>,
    pub(super) places: Vec<PlaceRow>,
    /// By scheduled departure.
    pub(super) departures: Vec<Departure>,
}

/// An airline as the data has it.
#[derive(Debug)]
pub(super) struct AirlineRow {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
}

/// A name that people give to a place, and the airports it means.
#[derive(Debug)]
pub(super) struct PlaceRow {
    pub(super) name: &'static str,
    /// Empty where no state is ever said, as for NYC.
    pub(super) state_code: &'static str,
    pub(super) airports: Vec<usize>,
}

/// Reads all files.
pub(super) fn tables() -> Result<Tables, DataError> {
    let airlines = AIRLINES.rows(|[code, name]| Ok(AirlineRow { code, name }))?;
    let airports = AIRPORTS.rows(airport)?;
    let airline_at = airlines.iter().enumerate().map(|(at, airline)| (airline.code, at)).collect();
    let airport_at = airports.iter().enumerate().map(|(at, airport)| (airport.code, at)).collect();
    let places = PLACES.rows(|[name, state_code, codes]| {
        let airports = codes.split(' ').map(|code| known(&airport_at, "airport", code));
        Ok(PlaceRow { name, state_code, airports: airports.collect::<Result<_, _>>()? })
    })?;
    let mut departures = Vec::new();
    for (day, source) in DAYS {
        let day = read(day, "date").map_err(|problem| DataError {
            file: source.file,
            line: 1,
            problem,
        })?;
        departures.extend(
            source.rows(|fields| departure(day, fields, &airline_at, &airport_at, &airports))?,
        );
    }
    Ok(Tables { airlines, airports, places, departures })
}

fn airport(
    [code, name, city, state_code, state, _, _, offset]: [&'static str; 8],
) -> Result<AirportRow, DataProblem> {
    let unreadable = DataProblem::Unreadable { expected: "UTC offset", text: offset };
    let (hours, minutes) = offset.split_once(':').ok_or(unreadable)?;
    let (hours, minutes): (i64, i64) = (read(hours, "hour")?, read(minutes, "minute")?);
    let utc_offset = hours * 60 + if hours < 0 { -minutes } else { minutes };
    Ok(AirportRow { code, name, city, state_code, state, utc_offset })
}

fn departure(
    day: Date,
    [carrier, number, origin, destination, departs, arrives, left, landed]: [&'static str; 8],
    airline_at: &HashMap<&str, usize>,
    airport_at: &HashMap<&str, usize>,
    airports: &[AirportRow],
) -> Result<Departure, DataProblem> {
    let origin = known(airport_at, "airport", origin)?;
    let destination = known(airport_at, "airport", destination)?;
    let clocks_apart = airports[destination].utc_offset - airports[origin].utc_offset;
    let scheduled = Moment::on(day, read::<Time>(departs, "time of day")?);
    let arrives = Moment::on(day, read::<Time>(arrives, "time of day")?);
    Ok(Departure {
        airline: known(airline_at, "airline", carrier)?,
        number: read(number, "flight number")?,
        origin,
        destination,
        scheduled,
        // The data has no day of arrival; no flight takes a day.
        duration: (arrives.minutes_since(scheduled) - clocks_apart).rem_euclid(24 * 60),
        outcome: match (left, landed) {
            ("", _) => Outcome::Cancelled,
            (left, "") => Outcome::Diverted { left: read(left, "delay")? },
            (left, landed) => {
                Outcome::Landed { left: read(left, "delay")?, landed: read(landed, "delay")? }
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_data_is_read() {
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
