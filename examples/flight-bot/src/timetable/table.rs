//! The timetable and its lookups.

use super::airport::Airport;
use super::clock::{Date, Moment};
use super::departure::Departure;
use super::error::{DataError, LookupError};
use super::flight::{Flight, FlightState, FlightStatus};
use super::load::{self, Tables};
use super::number;
use super::places::{Place, Places};

/// All flights from New York in twelve days of July 2013, with a fixed clock.
#[derive(Debug)]
pub struct Timetable {
    tables: Tables,
    places: Places,
    now: Moment,
    first_day: Date,
    last_day: Date,
}

impl Timetable {
    /// Parses the built-in data. The clock is set to 2013-07-04T08:00.
    ///
    /// # Errors
    ///
    /// Returns an error if the data is not valid.
    pub fn load() -> Result<Self, DataError> {
        let tables = load::tables()?;
        let now = Moment::DEFAULT_NOW;
        let day = |departure: Option<&Departure>| {
            departure.map_or(now, |departure| departure.scheduled).date()
        };
        Ok(Self {
            places: Places::new(&tables.places, &tables.airports),
            now,
            first_day: day(tables.departures.first()),
            last_day: day(tables.departures.last()),
            tables,
        })
    }

    /// Sets the clock to `now`, in New York time.
    ///
    /// # Errors
    ///
    /// Returns an error if the timetable does not cover the day.
    pub fn at(self, now: Moment) -> Result<Self, LookupError> {
        self.check_covers(now.date())?;
        Ok(Self { now, ..self })
    }

    /// Returns the time of the clock, in New York time.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Returns the first day of the timetable.
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// Returns the last day of the timetable.
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// Returns the airports of a city. An airport code or name returns that airport.
    ///
    /// # Errors
    ///
    /// Returns an error if no city, or several, have the name.
    pub fn airports(&self, city: &str) -> Result<Vec<Airport>, LookupError> {
        let place = self.place(city)?;
        Ok(place.airports.iter().map(|&index| self.tables.airports[index].to_airport()).collect())
    }

    /// Returns the next flights from one city to another, sorted by scheduled departure.
    ///
    /// Flights depart at `after` or later, in New York time. The result has at least one flight and
    /// at most `limit`; a `limit` of 0 counts as 1.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no flight. The variant states the reason.
    pub fn next_flights(
        &self,
        from: &str,
        to: &str,
        after: Moment,
        limit: usize,
    ) -> Result<Vec<Flight>, LookupError> {
        let (origin, destination) = (self.place(from)?, self.place(to)?);
        let (from, to) = (origin.name.clone(), destination.name.clone());
        if origin.overlaps(destination) {
            return Err(LookupError::SamePlace { from, to });
        }
        let departures = &self.tables.departures;
        let serves = |departure: &&Departure| {
            origin.airports.contains(&departure.origin)
                && destination.airports.contains(&departure.destination)
        };
        if !departures.iter().any(|departure| serves(&departure)) {
            return Err(LookupError::NoFlight { from, to });
        }
        self.check_covers(after.date())?;
        let start = departures.partition_point(|departure| departure.scheduled < after);
        let found = departures[start..].iter().filter(serves).take(limit.max(1));
        let found: Vec<_> = found.map(|departure| self.flight(departure)).collect();
        if found.is_empty() {
            return Err(LookupError::NoLaterFlight { from, to, after, last_day: self.last_day });
        }
        Ok(found)
    }

    /// Returns the status of a flight at the time of the clock.
    ///
    /// Without a `day`, it is the flight under way, else today's, else the next one, else the last.
    ///
    /// # Errors
    ///
    /// Returns an error if `number` is not a flight number, or if there is no such flight.
    pub fn status(&self, number: &str, day: Option<Date>) -> Result<FlightStatus, LookupError> {
        if let Some(day) = day {
            self.check_covers(day)?;
        }
        let Some((airline, digits)) = number::parse(number, &self.tables.airlines) else {
            return Err(LookupError::NotAFlightNumber { text: number.to_owned() });
        };
        let departures = self.tables.departures.iter();
        let matching: Vec<_> = departures
            .filter(|flight| (flight.airline, flight.number) == (airline, digits))
            .collect();
        let best = matching
            .iter()
            .filter(|flight| day.is_none_or(|day| flight.scheduled.date() == day))
            .min_by_key(|flight| self.distance(flight));
        if let Some(departure) = best {
            return Ok(self.flight_status(departure));
        }
        let flight_number = number::format(&self.tables.airlines[airline], digits);
        let (first_day, last_day) = (self.first_day, self.last_day);
        let mut days: Vec<_> = matching.iter().map(|flight| flight.scheduled.date()).collect();
        days.dedup();
        Err(match day {
            Some(day) if !days.is_empty() => LookupError::NotOnDay { flight_number, day, days },
            _ => LookupError::UnknownFlight { flight_number, first_day, last_day },
        })
    }

    /// Returns how far a flight is from the clock: a rank, then minutes. The least is the flight
    /// that a question without a day means.
    fn distance(&self, departure: &Departure) -> (u8, u64) {
        let minutes_ahead = departure.scheduled.minutes_since(self.now);
        let is_today = departure.scheduled.date() == self.now.date();
        let is_under_way = departure.progress(self.now).is_under_way();
        let rank = match (is_under_way, is_today, minutes_ahead >= 0) {
            (true, _, _) => 0,
            (_, true, true) => 1,
            (_, true, false) => 2,
            (_, false, true) => 3,
            (_, false, false) => 4,
        };
        (rank, minutes_ahead.unsigned_abs())
    }

    fn place(&self, name: &str) -> Result<&Place, LookupError> {
        self.places.find(name, &self.tables.airports)
    }

    fn check_covers(&self, day: Date) -> Result<(), LookupError> {
        let (first_day, last_day) = (self.first_day, self.last_day);
        if (first_day..=last_day).contains(&day) {
            Ok(())
        } else {
            Err(LookupError::OutsideTimetable { day, first_day, last_day })
        }
    }

    fn flight(&self, departure: &Departure) -> Flight {
        let airline = &self.tables.airlines[departure.airline];
        Flight {
            airline: airline.name.to_owned(),
            flight_number: number::format(airline, departure.number),
            origin: self.tables.airports[departure.origin].to_airport(),
            destination: self.tables.airports[departure.destination].to_airport(),
            departure: departure.scheduled.to_string(),
            arrival: self.at_destination(departure, departure.scheduled_arrival()).to_string(),
            duration_minutes: departure.duration,
        }
    }

    fn flight_status(&self, departure: &Departure) -> FlightStatus {
        let progress = departure.progress(self.now);
        // A delayed flight has a delay so far, but has not departed.
        let has_departed = progress.state != FlightState::Delayed;
        let actual_departure = progress
            .departure_delay
            .filter(|_| has_departed)
            .map(|delay| departure.scheduled.plus_minutes(delay));
        let actual_arrival = progress
            .arrival_delay
            .map(|delay| departure.scheduled_arrival().plus_minutes(delay))
            .map(|arrival| self.at_destination(departure, arrival));
        FlightStatus {
            flight: self.flight(departure),
            as_of: self.now.to_string(),
            state: progress.state,
            departure_delay_minutes: progress.departure_delay,
            arrival_delay_minutes: progress.arrival_delay,
            actual_departure: actual_departure.map(|moment| moment.to_string()),
            actual_arrival: actual_arrival.map(|moment| moment.to_string()),
        }
    }

    /// Converts a moment from the local time of the origin to that of the destination.
    fn at_destination(&self, departure: &Departure, moment: Moment) -> Moment {
        let airports = &self.tables.airports;
        moment.plus_minutes(
            airports[departure.destination].utc_offset - airports[departure.origin].utc_offset,
        )
    }
}
